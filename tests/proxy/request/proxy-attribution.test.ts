import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE, type ProxyProcess, removeData, startProxy } from "#tests/support/proxy-process.ts";
import {
  answerJson,
  answerStream,
  type ScriptedUpstream,
  startScriptedUpstream,
} from "#tests/support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE });
});
beforeEach(() => {
  upstream.answer = answerJson;
  upstream.arrived.length = 0;
  proxy.opened.length = 0;
  proxy.closed.length = 0;
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

const session = "x-claude-code-session-id";
const agent = "x-claude-code-agent-id";
const parent = "x-claude-code-parent-agent-id";

const BODY = '{"model":"claude-opus-5-5"}';

async function ask(url: string, headers: Record<string, string>, body = BODY, path = "/v1/messages") {
  const answer = await fetch(url + path, { method: "POST", body, headers });
  await answer.arrayBuffer();
  return answer;
}

describe("the agent of a request", () => {
  it.each([
    ["of the main thread", { [session]: "s-1" }, { sessionId: "s-1", agentId: null, parentAgentId: null }],
    [
      "of a sub-agent",
      { [session]: "s-1", [agent]: "agent-a" },
      { sessionId: "s-1", agentId: "agent-a", parentAgentId: null },
    ],
    [
      "of a sub-agent's sub-agent",
      { [session]: "s-1", [agent]: "agent-b", [parent]: "agent-a" },
      { sessionId: "s-1", agentId: "agent-b", parentAgentId: "agent-a" },
    ],
    ["of a client that says nothing", {}, { sessionId: null, agentId: null, parentAgentId: null }],
  ])("is in the event from its opening on: %s", async (_name, headers, expected) => {
    await ask(proxy.url, headers as Record<string, string>);

    expect(proxy.opened).toMatchObject([expected]);
    expect(proxy.closed).toMatchObject([expected]);
  });

  it("is in the event of streams and of token counts alike", async () => {
    const headers = { [session]: "s-1", [agent]: "agent-b", [parent]: "agent-a" };
    upstream.answer = answerStream;
    await ask(proxy.url, headers, '{"model":"claude-opus-5-5","stream":true}');
    upstream.answer = answerJson;
    await ask(proxy.url, headers, BODY, "/v1/messages/count_tokens");

    const whose = { sessionId: "s-1", agentId: "agent-b", parentAgentId: "agent-a" };
    expect(proxy.closed).toMatchObject([
      { ...whose, endpoint: "messages", streamed: true },
      { ...whose, endpoint: "count_tokens" },
    ]);
  });

  it("is in the event of a refused request", async () => {
    await ask(proxy.url, { [agent]: "agent-b", [parent]: "agent-a" }, "no JSON");

    expect(proxy.closed).toMatchObject([{ status: 400, agentId: "agent-b", parentAgentId: "agent-a" }]);
  });

  it("is forwarded to the provider unchanged", async () => {
    await ask(proxy.url, { [session]: "s-1", [agent]: "agent-b", [parent]: "agent-a" });

    expect(upstream.arrived[0]?.headers).toMatchObject({ [session]: "s-1", [agent]: "agent-b", [parent]: "agent-a" });
  });

  it.each([
    ["empty", ""],
    ["longer than an id", "a".repeat(129)],
    ["with a space inside", "agent b"],
    ["with bytes that are no ASCII", "agént"],
  ])("is ignored when an id is %s, and the request is served", async (_name, id) => {
    const answer = await ask(proxy.url, { [agent]: id, [parent]: id });

    expect(answer.status).toBe(200);
    expect(proxy.closed).toMatchObject([{ agentId: null, parentAgentId: null }]);
  });
});

describe("the agents in the database", () => {
  let own: ProxyProcess;
  beforeAll(async () => {
    own = await startProxy({ upstreamUrl: upstream.url, rules: ONE_RULE });
  });
  afterAll(async () => {
    await own.stop();
    removeData(own);
  });

  it("are stored with each request, with the agent's parent", async () => {
    await ask(own.url, { [session]: "s-1" });
    await ask(own.url, { [session]: "s-1", [agent]: "agent-a" });
    await ask(own.url, { [session]: "s-1", [agent]: "agent-b", [parent]: "agent-a" });

    const rows = await own.events(3);
    expect(rows.map(({ session_id, agent_id, parent_agent_id }) => [session_id, agent_id, parent_agent_id])).toEqual([
      ["s-1", null, null],
      ["s-1", "agent-a", null],
      ["s-1", "agent-b", "agent-a"],
    ]);
  });
});
