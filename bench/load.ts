import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Load {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  failures: number;
  requests: number;
}

/** A request body of about `bytes`, in the key order Claude Code uses, for the model the rule overrides. */
export function bodyOf(bytes: number, stream: boolean): string {
  const shell = (text: string) =>
    JSON.stringify({
      model: "claude-sonnet-4-5-20250929",
      messages: [{ role: "user", content: [{ type: "text", text, cache_control: { type: "ephemeral" } }] }],
      system: [{ type: "text", text: "You are Claude Code." }],
      metadata: { user_id: '{"session_id":"bench"}' },
      max_tokens: 32000,
      stream,
    });
  const line = 'const answer = await read("file.ts"); // a \\"quoted\\" line\n';
  const text = line.repeat(Math.ceil(bytes / (line.length + 4)));
  return shell(text.slice(0, Math.max(1, bytes - shell("").length - Math.floor(bytes / 14))));
}

/** One run of wrk on its own core. Any answer that is not 2xx, and any socket error, counts as a failure. */
export function load(
  dir: string,
  url: string,
  options: { bytes: number; stream: boolean; connections: number; seconds: number; core: number },
): Promise<Load> {
  const script = join(dir, `post-${options.bytes}-${options.stream}.lua`);
  const body = bodyOf(options.bytes, options.stream);
  writeFileSync(
    script,
    `wrk.method = "POST"
wrk.body = [==[${body}]==]
wrk.headers["content-type"] = "application/json"
wrk.headers["x-api-key"] = "sk-bench"
wrk.headers["anthropic-version"] = "2023-06-01"
wrk.headers["x-claude-code-session-id"] = "bench"
${options.stream ? 'wrk.headers["x-bench-stream"] = "1"' : ""}
done = function(summary, latency)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format("RESULT %f %f %f %d %d\\n", summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, errors, summary.requests))
end
`,
  );
  const args = [
    "-t1",
    `-c${options.connections}`,
    `-d${options.seconds}s`,
    "--timeout",
    "10s",
    "-s",
    script,
    `${url}/v1/messages`,
  ];
  return new Promise((resolve, reject) => {
    execFile("taskset", ["-c", String(options.core), "wrk", ...args], (error, stdout, stderr) => {
      const match = /RESULT (\S+) (\S+) (\S+) (\d+) (\d+)/.exec(stdout);
      if (error || !match) return reject(new Error(`wrk failed: ${stderr || stdout}`));
      const [requestsPerSecond = 0, p50Ms = 0, p99Ms = 0, failures = 0, requests = 0] = match.slice(1).map(Number);
      resolve({ requestsPerSecond, p50Ms, p99Ms, failures, requests });
    });
  });
}
