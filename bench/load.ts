import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentRequest } from "./agent-request.ts";
import { loadCore } from "./cores.ts";

export interface Load {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  failures: number;
  requests: number;
}

/**
 * Place in the request that changes. `mark` becomes `prefix` and a number that counts up to `count` and begins again.
 */
export interface Varied {
  mark: string;
  prefix: string;
  count: number;
}

/** Number of digits, fixed so that a request keeps its length. */
export const DIGITS = 7;

/** What wrk sends, on how many connections. */
export interface LoadShape {
  /** Names the script, which is written once and used for every run. */
  name: string;
  request: AgentRequest;
  connections: number;
  varied?: Varied;
}

/**
 * One run of wrk. Any answer that is not 2xx, and any socket error, counts as a failure. What varies goes on counting
 * `from` where the run before it has stopped.
 */
export function load(dir: string, url: string, shape: LoadShape, seconds: number, from = 0): Promise<Load> {
  const script = join(dir, `${shape.name}.lua`);
  if (!existsSync(script)) writeFileSync(script, buildScript(shape, new URL(url).host));
  const args = ["-t1", `-c${shape.connections}`, `-d${seconds}s`, "--timeout", "30s", "-s", script, url];
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, BENCH_FROM: String(from) } };
    execFile("taskset", ["-c", String(loadCore), "wrk", ...args], options, (error, stdout, stderr) => {
      const match = /RESULT (\S+) (\S+) (\S+) (\d+) (\d+)/.exec(stdout);
      if (error || !match) return reject(new Error(`wrk failed: ${stderr || stdout}`));
      const [requestsPerSecond = 0, p50Ms = 0, p99Ms = 0, failures = 0, requests = 0] = match.slice(1).map(Number);
      resolve({ requestsPerSecond, p50Ms, p99Ms, failures, requests });
    });
  });
}

/** A request as it goes over the wire. */
export function wireForm({ path, headers, body }: AgentRequest, host: string): string {
  const all = { host, ...headers, "content-length": String(Buffer.byteLength(body)) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

const RESULT = `
done = function(summary, latency)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format("RESULT %f %f %f %d %d\\n", summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, errors, summary.requests))
end
`;

function buildScript({ request, varied }: LoadShape, host: string): string {
  return (varied === undefined ? constant(request) : changing(request, varied, host)) + RESULT;
}

/** wrk makes the request once and sends it from the same memory each time. */
function constant({ path, headers, body }: AgentRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `wrk.headers[${quoted(name)}] = ${quoted(value)}`);
  return `wrk.method = "POST"\nwrk.path = ${quoted(path)}\nwrk.body = ${quoted(body)}\n${lines.join("\n")}\n`;
}

function changing(request: AgentRequest, { mark, prefix, count }: Varied, host: string): string {
  const example = `${prefix}${"0".repeat(DIGITS)}`;
  const body = request.body.replaceAll(mark, example);
  const pieces = wireForm({ ...request, body }, host)
    .replaceAll(mark, example)
    .split(example)
    .map(quoted);
  return `local pieces = { ${pieces.join(", ")} }
local number = tonumber(os.getenv("BENCH_FROM"))
request = function()
  number = number % ${count} + 1
  return table.concat(pieces, string.format("${prefix}%0${DIGITS}d", number))
end
`;
}

/** The escapes of JSON are those of Lua. */
const quoted = (text: string): string => JSON.stringify(text);
