import type { ProxySettings } from "#config/read-env.ts";
import { type Finding, ok, problem, skipped, warning } from "./finding.ts";

const ANSWER_WITHIN_MS = 10_000;
const CLOCK_OFF_MS_MAX = 60_000;
const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/**
 * Checks that the provider can be used from here. It must be reachable, give its list of models, take the operator's
 * key, and agree on the time. The check costs nothing. It asks directly, because a request through CCO would be
 * recorded.
 */
export async function checkProvider(
  settings: ProxySettings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Finding[]> {
  const { upstreamUrl, operatorKey } = settings;
  const origin = upstreamUrl.origin;
  const outbound = proxyVariables(env);
  const url = `${upstreamUrl.href.replace(/\/+$/, "").replace(/\/v1$/, "")}/v1/models?limit=1`;
  const headers: Record<string, string> = { "anthropic-version": "2023-06-01" };
  if (operatorKey !== null) headers["x-api-key"] = operatorKey;
  const startedAtMs = Date.now();
  try {
    const response = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    await response.body?.cancel();
    const ms = Date.now() - startedAtMs;
    return [
      ok("provider", `${origin} answers (${ms} ms)`),
      ...listFindings(operatorKey !== null, response),
      clockFinding(response.headers.get("date")),
      ...outbound,
    ];
  } catch (error) {
    const reason = toReason(error);
    const fix =
      outbound.length > 0
        ? "CCO connects directly: see the proxy variables below"
        : "check DNS, firewall and CCO_UPSTREAM_URL";
    return [
      problem("provider", `${origin} cannot be reached (${reason})`, fix),
      skipped("/v1/models", "not asked for: no answer"),
      skipped("key", "not tried: no answer"),
      skipped("clock", "not compared: no answer"),
      ...outbound,
    ];
  }
}

/** `fetch` names the reason in what has caused its error. */
function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.name;
  return "code" in cause ? String(cause.code) : cause.message;
}

/** Only a list of models proves a key: a gateway answers 302, 404 or 502 with any. */
function listFindings(hasKey: boolean, { status, headers }: Response): Finding[] {
  const isList = status === 200 && /\bjson\b/.test(headers.get("content-type") ?? "");
  const noKey = ok("key", "no ANTHROPIC_API_KEY: callers bring their own credential");
  if (isList) {
    const list = ok("/v1/models", "the provider answers without a redirect");
    return [list, hasKey ? ok("key", "the provider takes ANTHROPIC_API_KEY") : noKey];
  }
  if (status === 401 || status === 403) {
    if (!hasKey) return [skipped("/v1/models", `not seen: the provider asks for a key (${status})`), noKey];
    const refused = `the provider refuses ANTHROPIC_API_KEY (${status})`;
    return [
      skipped("/v1/models", "not seen: the key is refused"),
      problem("key", refused, "put a valid key in its place and restart"),
    ];
  }
  const key = hasKey ? skipped("key", `not proven: the provider answers ${status}`) : noKey;
  return [unexpectedList(status), key];
}

/** Claude Code follows no redirect of the list of models, and neither does CCO. */
function unexpectedList(status: number): Finding {
  const subject = "/v1/models";
  if (status >= 300 && status < 400)
    return problem(
      subject,
      `the provider answers with a redirect (${status})`,
      "name in CCO_UPSTREAM_URL the address it leads to",
    );
  if (status === 200)
    return problem(subject, "the provider answers with no list of models", "correct CCO_UPSTREAM_URL");
  if (status === 429)
    return warning(subject, "the provider answers 429: it is asked too often", "ask again in a minute");
  if (status >= 500)
    return problem(
      subject,
      `the provider fails (${status})`,
      "ask again in a minute; look at its status page, or at the gateway of CCO_UPSTREAM_URL",
    );
  return problem(
    subject,
    `the provider does not know it (${status})`,
    "correct CCO_UPSTREAM_URL: it ends before /v1, and must speak the Anthropic API",
  );
}

/** The provider's header has whole seconds only. */
function clockFinding(date: string | null): Finding {
  const theirs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return skipped("clock", "the provider names no time");
  const off = Date.now() - theirs;
  if (Math.abs(off) <= CLOCK_OFF_MS_MAX) return ok("clock", "agrees with the provider's to a minute");
  const seconds = Math.round(Math.abs(off) / 1000);
  return warning(
    "clock",
    `${seconds} s ${off > 0 ? "ahead of" : "behind"} the provider's`,
    "set the clock by NTP: prices, limits and sign-ins go by it",
  );
}

/** CCO connects to the provider directly and reads none of these. */
function proxyVariables(env: Readonly<Record<string, string | undefined>>): Finding[] {
  const set = PROXY_VARIABLES.filter((name) => env[name]);
  if (set.length === 0) return [];
  return [
    warning(
      "proxy variables",
      `${set.join(", ")} set, which CCO does not follow`,
      "allow a direct connection, or set CCO_UPSTREAM_URL to a gateway that forwards",
    ),
  ];
}
