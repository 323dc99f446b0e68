import { isLimitReason, type LimitReason } from "#core/connect/arrival.ts";
import type { ConnectStatus } from "./queries.ts";
import type { How } from "./snippets.ts";

type StrayRequest = NonNullable<ConnectStatus["stray"]>;

interface Step {
  title: string;
  text: string;
  look: "ok" | "bad" | "next";
}

interface StrayWords {
  outcome: string;
  steps: Step[];
  fix: string;
  fixText: string;
  /** Line to copy; null where no single line fixes it. */
  line: string | null;
}

const what: Record<StrayRequest["reason"], string> = {
  "no-key": "without your proxy key",
  "without-key": "without your proxy key",
  "bad-key": "with a proxy key that is not valid",
  "misplaced-key": "with a CCO secret where no proxy key is read",
  "wrapped-key": "with a proxy key that does not stand alone in its header",
  "own-missing": "with your proxy key alone",
  "by-provider": "and the provider refused it",
  "with-key": "with your proxy key",
  "wrong-host": "for another host name",
  "wrong-path": "at an address that is not the API",
  "too-fast": "and was refused: too many in this minute",
  "too-many-open": "and was refused: too many at once",
  "budget-taken": "and was refused: the budget is nearly spent",
  "budget-spent": "and was refused: the budget is spent",
  "not-for-this": "and was refused: not allowed by your limits",
  refused: "and was refused",
};

const limits: Record<LimitReason, { title: string; text: string; fix: string; fixText: string }> = {
  "too-fast": {
    title: "Requests of this minute used up",
    text: "A limit says how many may come in a minute.",
    fix: "Wait a moment",
    fixText: "Claude Code tries again when the minute is over.",
  },
  "too-many-open": {
    title: "Too many requests at once",
    text: "A limit says how many may be under way.",
    fix: "Wait until another is over",
    fixText: "Claude Code tries again. Sessions that run elsewhere with your key count, too.",
  },
  "budget-taken": {
    title: "Budget nearly spent",
    text: "Requests under way may use up what is left of this month.",
    fix: "Wait until another is over",
    fixText: "What is left stands under “What applies to you”.",
  },
  "budget-spent": {
    title: "Budget of this month spent",
    text: "“What applies to you” says which limit it is, and when it resets.",
    fix: "Ask an admin for more",
    fixText: "Or wait until the next month begins. Your address and your key are right.",
  },
  "not-for-this": {
    title: "Not allowed by a limit",
    text: "The endpoint it asked for is closed by your limits.",
    fix: "Ask an admin",
    fixText: "“What applies to you” says what is allowed. Your address and your key are right.",
  },
};

const findLimit = (reason: StrayRequest["reason"]) => (isLimitReason(reason) ? limits[reason] : null);

/** "A request of Claude Code 2.1.88 arrived 3 s ago, without your proxy key". */
export function strayTitle({ client, agoMs, reason, hasOwnCredential }: StrayRequest): string {
  const seconds = Math.round(agoMs / 1000);
  const ago = seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  const how = reason === "by-provider" && hasOwnCredential === false ? "without any credential" : what[reason];
  return `A request${client ? ` of ${client}` : ""} arrived ${ago} ago, ${how}`;
}

/** Outcome of a stray request, the steps it passed, and the line that fixes the next one. */
export function strayWords(stray: StrayRequest, setting: { how: How; baseUrl: string; key: string }): StrayWords {
  const { reason } = stray;
  const isAddressWrong = reason === "wrong-host" || reason === "wrong-path";
  const address: Step = isAddressWrong
    ? { title: "Address wrong", text: addressText(stray, setting.baseUrl), look: "bad" }
    : { title: "Address reached", text: "ANTHROPIC_BASE_URL is right", look: "ok" };
  const client: Step = { title: "Client recognised", text: stray.client ?? "it does not name itself", look: "ok" };
  const limit = findLimit(reason);
  const key: Step[] = isAddressWrong
    ? [{ title: "Credential", text: "", look: "next" }]
    : limit
      ? [
          { title: "Credential accepted", text: "", look: "ok" },
          { title: limit.title, text: limit.text, look: "bad" },
        ]
      : [{ title: keyTitle(stray), text: keyText(stray), look: "bad" }];
  return {
    outcome: describeOutcome(stray),
    steps: [address, client, ...key, { title: "First response", text: "", look: "next" }],
    ...describeFix(stray, setting),
  };
}

function describeOutcome({ reason, status }: StrayRequest): string {
  if (reason === "by-provider")
    return "CCO passed it on, and the provider answered 401. It is counted, and nothing was charged.";
  if (reason !== "with-key" && reason !== "without-key")
    return "CCO refused it. Nothing went to the provider, and nothing was charged.";
  return status !== null && status >= 400
    ? `CCO passed it on, and the answer was ${status}. It is counted, but not in the way chosen here.`
    : "CCO served it. It is counted, but not in the way chosen here.";
}

function keyTitle({ reason, hasOwnCredential }: StrayRequest): string {
  switch (reason) {
    case "bad-key":
      return "CCO key not valid";
    case "wrapped-key":
      return "CCO key not alone in its header";
    case "misplaced-key":
      return "CCO key not where it is read";
    case "own-missing":
      return "Your own login missing";
    case "by-provider":
      return hasOwnCredential === false ? "Credential missing" : "Credential refused by the provider";
    case "with-key":
      return "CCO key sent";
    case "refused":
      return "Refused";
    default:
      return "CCO key missing";
  }
}

function keyText({ reason, hasOwnCredential }: StrayRequest): string {
  switch (reason) {
    case "bad-key":
      return "The key it carried is unknown, has expired or was revoked.";
    case "wrapped-key":
      return "The header is right, but holds more than the key: quotes, Bearer where none belongs, or another scheme.";
    case "misplaced-key":
      return "It carried an access token, or a proxy key in a header where none is read.";
    case "own-missing":
      return "The key is right. CCO has no key for the provider, so yours has to come with it.";
    case "by-provider":
      if (hasOwnCredential === null) return "It carried no CCO key, and no login or key that the provider takes.";
      return hasOwnCredential
        ? "It carried no CCO key, and the provider did not take its login or key."
        : "The request carried no credential at all: no login, no key, and no CCO key.";
    case "with-key":
      return "You chose your own login alone; this request named you by your proxy key.";
    case "refused":
      return "Claude Code shows the whole answer.";
    default:
      if (hasOwnCredential === null) return "The request carried no CCO key.";
      return hasOwnCredential
        ? "The request carried another login or key, and no CCO key."
        : "The request carried no credential at all.";
  }
}

const addressText = ({ reason, path }: StrayRequest, baseUrl: string): string =>
  reason === "wrong-host"
    ? `Its address names a host that is not served here; ${URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl} is.`
    : `It asked for ${path}.`;

function describeFix(
  { reason }: StrayRequest,
  { how, baseUrl, key }: { how: How; baseUrl: string; key: string },
): Pick<StrayWords, "fix" | "fixText" | "line"> {
  if (reason === "wrong-host" || reason === "wrong-path") {
    const fixText = "The address as it stands here: without /v1, and without a slash at the end.";
    return { fix: "Set ANTHROPIC_BASE_URL", fixText, line: `export ANTHROPIC_BASE_URL="${baseUrl}"` };
  }
  if (reason === "with-key") {
    const fixText = "Or choose the proxy key on this page: then this request is the one you are waiting for.";
    return { fix: "Remove the proxy key", fixText, line: "unset ANTHROPIC_AUTH_TOKEN ANTHROPIC_CUSTOM_HEADERS" };
  }
  const limit = findLimit(reason);
  if (limit) return { fix: limit.fix, fixText: limit.fixText, line: null };
  const beside = { fix: "Set ANTHROPIC_CUSTOM_HEADERS", line: `export ANTHROPIC_CUSTOM_HEADERS="x-cco-key: ${key}"` };
  if (reason === "own-missing" || (reason === "by-provider" && how !== "proxy-key")) {
    const fixText = "Type /login in Claude Code, or set ANTHROPIC_API_KEY to a key of your own before you start it.";
    if (how === "own") return { fix: "Sign in to Claude Code", fixText, line: null };
    return { ...beside, fixText: `${fixText} The CCO key travels beside it, in a header.` };
  }
  if (reason === "refused") return { fix: "Look at Claude Code", fixText: "It shows why.", line: null };
  const fixText =
    "Claude Code reads it at start: quit Claude Code, set it, then start it in the same terminal. A token in settings.json or a login with its own token wins over the shell.";
  return how === "own-and-proxy-key"
    ? { ...beside, fixText }
    : { fix: "Set ANTHROPIC_AUTH_TOKEN", fixText, line: `export ANTHROPIC_AUTH_TOKEN="${key}"` };
}

/**
 * What an answer with an error says of a request that counts as the caller's. We refuse keys before there is a record
 * of it.
 */
export function refusalText(
  { status, errorType }: Pick<NonNullable<ConnectStatus["request"]>, "status" | "errorType">,
  how: How,
): string {
  if (status === 401)
    return how === "proxy-key"
      ? "401: your CCO key is right, and the provider does not take the organisation’s key. Tell an admin."
      : `401: the provider does not take your own login or key, or none came.${how === "own" ? "" : " Your CCO key is right."} Type /login in Claude Code.`;
  if (errorType === "key.not-for-this") return `${status}: your limits do not allow what it asked for.`;
  if (status === 403) return "403: the key is known but not allowed to do this.";
  if (status === 404) return "404: the model or the address is wrong. The base URL stands without /v1.";
  if (status === 429) return "429: the provider's rate limit. The connection itself works.";
  if (status >= 500) return `${status}: the provider did not answer. The connection to CCO itself works.`;
  return `${status}${errorType ? ` (${errorType})` : ""}: Claude Code shows the whole answer.`;
}
