import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "./support/proxy-in-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "./support/scripted-upstream.ts";

const rules = `[overrides]
enabled = true
[[rule]]
from = "opus"
to = "claude-haiku-5-5"
[analytics]
report_format = "silent"`;

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
/** What the next requests are answered with; 200 when there is nothing left. */
let script: number[] = [];

beforeAll(async () => {
  upstream = await startScriptedUpstream((response, arrived, request) => {
    const status = script.shift() ?? 200;
    if (status === 200) return answerJson(response, arrived, request);
    response.writeHead(status, { "content-type": "application/json" });
    response.end('{"type":"error","error":{"type":"invalid_request_error","message":"no"}}');
  });
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules });
});
beforeEach(() => {
  script = [];
});
afterAll(async () => {
  await proxy?.end();
  await upstream?.close();
});

async function ask(session: string) {
  const answer = await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": "k", "x-claude-code-session-id": session, "content-type": "application/json" },
    body: JSON.stringify({ model: "claude-opus-5-5", max_tokens: 100, messages: [{ role: "user", content: "a" }] }),
  });
  await answer.arrayBuffer();
  return [answer.status, answer.headers.get("x-cco-override")];
}

describe("a session whose served model refused a request", () => {
  it.each([400, 403, 404, 413])("keeps its override when the asked model refused it as well (%i)", async (status) => {
    script = [status, status];
    const session = `both-${status}`;

    expect(await ask(session)).toEqual([status, `fallback:upstream_${status}`]);
    expect(await ask(session)).toEqual([200, "applied"]);
  });

  it("keeps its override when the asked model was overloaded", async () => {
    script = [400, 529];

    expect(await ask("overloaded")).toEqual([529, "fallback:upstream_400"]);
    expect(await ask("overloaded")).toEqual([200, "applied"]);
  });

  it("goes back to the asked model for good when that one took the request", async () => {
    script = [400, 200];

    expect(await ask("refused")).toEqual([200, "fallback:upstream_400"]);
    expect(await ask("refused")).toEqual([200, "skipped:pinned:upstream_400"]);
  });
});
