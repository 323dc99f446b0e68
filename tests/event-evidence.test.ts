import { afterAll, beforeAll, expect, it } from "vitest";
import { sharePlace } from "#core/rules/stable-hash.ts";
import { type ProxyInProcess, startProxyInProcess } from "./support/proxy-in-process.ts";
import { ONE_RULE, until } from "./support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "./support/scripted-upstream.ts";

const MARKED = "marked-7f3a";
let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  upstream.answer = (response) => {
    const content = [{ type: "tool_use", id: "t", name: MARKED, input: { [MARKED]: MARKED } }];
    const usage = { input_tokens: 5, output_tokens: 7 };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ model: "claude-sonnet-5-5", stop_reason: "tool_use", content, usage }));
  };
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE });
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

it("records what a conversation counts, and nothing of what was said in it", async () => {
  const result = { type: "tool_result", tool_use_id: "t", is_error: true, content: MARKED };
  const body = {
    model: "claude-opus-5-5",
    max_tokens: 10,
    messages: [
      { role: "user", content: MARKED },
      { role: "assistant", content: [{ type: "tool_use", id: "t", name: MARKED, input: {} }] },
      { role: "user", content: [result, { type: "text", text: `<system-reminder>${MARKED}</system-reminder>` }] },
    ],
  };
  await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-claude-code-session-id": "session-1" },
    body: JSON.stringify(body),
  }).then((response) => response.text());
  const event = await until(() => proxy.closed[0]);

  expect(event).toMatchObject({
    messages: 3,
    newToolResults: 1,
    newToolErrors: 1,
    humanTurn: false,
    repeatedCalls: 0,
    toolUses: 1,
  });
  expect(event.arm).toBe(Math.floor(sharePlace(event.ruleId ?? "", "session-1") / 100));
  expect(JSON.stringify(event)).not.toContain(MARKED);
});
