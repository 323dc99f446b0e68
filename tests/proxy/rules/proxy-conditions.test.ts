import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const OPUS = "claude-opus-5-5";
const HAIKU = "claude-haiku-5-5";
const RULES = `[[rule]]
from = "opus"
to = "${HAIKU}"
when = { min_max_tokens = 10, max_max_tokens = 1000 }
[analytics]
report_format = "silent"
`;

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: RULES });
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

async function served(body: string, session?: string): Promise<string | null> {
  const headers: Record<string, string> = session === undefined ? {} : { "x-claude-code-session-id": session };
  const answer = await fetch(`${proxy.url}/v1/messages`, { method: "POST", body, headers });
  await answer.arrayBuffer();
  return answer.headers.get("x-cco-served-model");
}
const bodyWith = (maxTokens: string) =>
  `{"model":"${OPUS}","messages":[{"role":"user","content":"\\"max_tokens\\":500"}]${maxTokens}}`;

describe("a rule about max_tokens", () => {
  it.each([
    ["at the lower bound", `,"max_tokens":10`, HAIKU],
    ["at the upper bound", `,"max_tokens":1000`, HAIKU],
    ["written with an exponent", `, "max_tokens" : 1e2 `, HAIKU],
    ["below", `,"max_tokens":9`, OPUS],
    ["above", `,"max_tokens":1001`, OPUS],
    ["as a text", `,"max_tokens":"500"`, OPUS],
    ["nowhere but in a message", "", OPUS],
  ])("decides by the request's own field: %s", async (_, maxTokens, model) => {
    expect(await served(bodyWith(maxTokens))).toBe(model);
  });

  it("decides once per session, as other rules do", async () => {
    expect(await served(bodyWith(`,"max_tokens":100`), "session-short")).toBe(HAIKU);
    expect(await served(bodyWith(`,"max_tokens":64000`), "session-short")).toBe(HAIKU);
  });
});
