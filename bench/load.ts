import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentRequest } from "./agent-request.ts";
import { otherCore } from "./cores.ts";

export interface Load {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  failures: number;
  requests: number;
}

/** A request that wrk can send: its script is written once and used for every run. */
export interface LoadShape {
  name: string;
  request: AgentRequest;
  connections: number;
}

/** One run of wrk beside the upstream. Any answer that is not 2xx, and any socket error, counts as a failure. */
export function load(dir: string, url: string, shape: LoadShape, seconds: number): Promise<Load> {
  const script = scriptOf(dir, shape);
  const args = ["-t1", `-c${shape.connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", script, url];
  return new Promise((resolve, reject) => {
    execFile("taskset", ["-c", String(otherCore), "wrk", ...args], (error, stdout, stderr) => {
      const match = /RESULT (\S+) (\S+) (\S+) (\d+) (\d+)/.exec(stdout);
      if (error || !match) return reject(new Error(`wrk failed: ${stderr || stdout}`));
      const [requestsPerSecond = 0, p50Ms = 0, p99Ms = 0, failures = 0, requests = 0] = match.slice(1).map(Number);
      resolve({ requestsPerSecond, p50Ms, p99Ms, failures, requests });
    });
  });
}

function scriptOf(dir: string, { name, request }: LoadShape): string {
  const script = join(dir, `${name}.lua`);
  if (existsSync(script)) return script;
  const headers = Object.entries(request.headers).map(([header, value]) => `wrk.headers["${header}"] = "${value}"`);
  writeFileSync(
    script,
    `wrk.method = "POST"
wrk.path = "${request.path}"
wrk.body = [==[${request.body}]==]
${headers.join("\n")}
done = function(summary, latency)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format("RESULT %f %f %f %d %d\\n", summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, errors, summary.requests))
end
`,
  );
  return script;
}
