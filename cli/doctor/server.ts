import { request } from "node:http";
import { createConnection } from "node:net";
import { bracketHost, pickConnectHost } from "#config/listener-address.ts";
import type { ProxySettings } from "#config/read-env.ts";
import { instancesOn } from "#store/data-folder-use.ts";
import { type Finding, ok, problem, skipped, warning } from "./finding.ts";
import { findPortOwner } from "./port-owner.ts";

const ANSWER_WITHIN_MS = 5_000;

/** Who answers at the address of these settings, and whether callers are served there as they should be. */
export async function checkServer(settings: ProxySettings): Promise<Finding[]> {
  const { port } = settings;
  if (port === 0) return [skipped("port", "CCO_PORT is 0: every start takes a free one")];
  const host = pickConnectHost(settings.host);
  const at = `${bracketHost(host)}:${port}`;
  if (!(await isListening(host, port)))
    return [warning("port", `nothing listens on ${at}`, "start it with `cco run`, or `npm start`")];
  const health = await ask(host, port, "/health");
  if (health === null || !health.body.includes("overrides_enabled")) {
    const owner = findPortOwner(port);
    return [
      problem(
        "port",
        `${port} is taken by ${owner ?? "another program"}`,
        "stop that program, or choose another port with --port",
      ),
    ];
  }
  const running = await instancesHere(settings.dataDir);
  const { instance } = parseRecord(health.body);
  if (running !== null && (running.length === 0 || (typeof instance === "string" && !running.includes(instance))))
    return [
      problem(
        "port",
        `${port} is taken by a CCO that does not run on the data folder ${settings.dataDir}`,
        "stop that CCO, choose another port with --port, or set CCO_DATA_DIR to its data folder",
      ),
    ];
  const ready = await ask(host, port, "/readyz");
  const state =
    ready?.status === 200
      ? ok("server", `CCO answers on ${at} and takes traffic`)
      : problem(
          "server",
          `CCO answers on ${at}, but is not ready (${ready?.status ?? "no answer"})`,
          "its log says what it waits for",
        );
  return [state, ...(await checkPublicHost(settings, host, port))];
}

/** Null where this user cannot see. */
async function instancesHere(dataDir: string): Promise<string[] | null> {
  try {
    return await instancesOn(dataDir);
  } catch {
    return null;
  }
}

function parseRecord(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Whether the address people use reaches this CCO as Claude Code asks: it follows no redirect. Not recorded. */
export async function checkPublicAddress({ publicUrl }: ProxySettings): Promise<Finding[]> {
  if (publicUrl === null) return [];
  const subject = "address";
  try {
    const url = new URL("/livez", publicUrl.origin);
    const { status } = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (status >= 300 && status < 400)
      return [
        problem(
          subject,
          `${publicUrl.origin} answers with a redirect (${status}), which Claude Code does not follow`,
          "set CCO_PUBLIC_URL to the address itself, with the right scheme",
        ),
      ];
    if (status !== 200)
      return [warning(subject, `${publicUrl.origin} answers ${status}`, "look at what stands before CCO")];
    return [ok(subject, `${publicUrl.origin} answers without a redirect`)];
  } catch {
    return [skipped(subject, `${publicUrl.origin} cannot be reached from here`)];
  }
}

/** Whether the names people use are served: a host that is not on the list is refused. */
async function checkPublicHost(
  { publicUrl, allowedHosts }: ProxySettings,
  host: string,
  port: number,
): Promise<Finding[]> {
  const names = [...(publicUrl === null ? [] : [publicUrl.host]), ...allowedHosts];
  const refused: string[] = [];
  for (const name of names) if ((await ask(host, port, "/livez", name))?.status !== 200) refused.push(name);
  if (names.length === 0) return [];
  return refused.length === 0
    ? [ok("host names", `${names.join(", ")} served`)]
    : [
        problem(
          "host names",
          `${refused.join(", ")} refused by the running CCO`,
          "start it with the CCO_PUBLIC_URL and CCO_ALLOWED_HOSTS of this environment",
        ),
      ];
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: ANSWER_WITHIN_MS });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}

/** One request by hand: `fetch` sends no `Host` of its caller's choice. Null: no answer of HTTP. */
function ask(
  host: string,
  port: number,
  path: string,
  name?: string,
): Promise<{ status: number; body: string } | null> {
  return new Promise((resolve) => {
    const headers = name === undefined ? {} : { host: name };
    const asked = request({ host, port, path, headers, timeout: ANSWER_WITHIN_MS }, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (text: string) => {
        if (body.length < 65_536) body += text;
      });
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, body }));
      answer.once("error", () => resolve(null));
    });
    asked.once("timeout", () => asked.destroy());
    asked.once("error", () => resolve(null));
    asked.end();
  });
}
