import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { interruptedEvent } from "#proxy/ledger/thread/interrupted-event.ts";
import { type Json, wire } from "#tests/support/adapted.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, until } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const SESSION = { "x-claude-code-session-id": "session-1" };
const AGENT = { ...SESSION, "x-claude-code-agent-id": "a0123456789abcdef" };
const STOPPED = "[Request interrupted by user]";
const SUMMARY = "This session is being continued from a previous conversation that ran out of context.";
const REMINDER = "<system-reminder>\nBe brief.\n</system-reminder>";
/** Tool calls of the answer: a number that no other counter has. */
const TOOL_USES = 5;

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream((response) => {
    const content = Array.from({ length: TOOL_USES }, () => ({ type: "tool_use", id: "t", name: "Read", input: {} }));
    const usage = { input_tokens: 5, output_tokens: 7 };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ model: "claude-opus-5-5", stop_reason: "tool_use", content, usage }));
  });
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES });
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

/** Sends a request. Returns its event, and the one it would have left had the process been killed before the answer. */
async function recordBoth(body: Json, headers: Record<string, string> = SESSION) {
  const [closed, opened] = [proxy.closed.length, proxy.opened.length];
  const response = await fetch(`${proxy.url}/v1/messages?beta=true`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  await response.text();
  const event: RequestEvent = await until(() => proxy.closed[closed]);
  const open = await until(() => proxy.opened[opened]);
  return { event, killed: interruptedEvent(open, null, loadCatalogue()) };
}

const user = (content: unknown) => ({ role: "user", content });
const model = (content: unknown) => ({ role: "assistant", content });
const text = (words: string) => ({ type: "text", text: words });
const ask = (...messages: object[]): Json => ({ model: "claude-opus-5-5", max_tokens: 10, messages });
const calls = (...paths: string[]) =>
  model(paths.map((path) => ({ type: "tool_use", id: "t", name: "Read", input: { path } })));
const resultBlocks = (...errors: boolean[]) =>
  errors.map((isError) => ({ type: "tool_result", tool_use_id: "t", is_error: isError, content: "" }));
const results = (...errors: boolean[]) => user(resultBlocks(...errors));

/** No two of its counters are the same. */
const WORKING = ask(
  user([text(REMINDER), text(SUMMARY)]),
  calls("a"),
  results(true),
  calls("a", "b"),
  results(true, false),
  calls("c", "d"),
  results(false, false),
  calls("e", "f", "a"),
  results(true, false, true),
);

describe("what the event says of a conversation, and that of a process that was killed", () => {
  it.each<[string, Json, Partial<RequestEvent>]>([
    [
      "the numbers",
      WORKING,
      {
        messages: 9,
        toolResults: 8,
        toolErrors: 4,
        newToolResults: 3,
        newToolErrors: 2,
        repeatedCalls: 1,
        humanTurn: false,
        interrupted: false,
        compacted: true,
      },
    ],
    [
      "a person's turn",
      ask(user("Go"), model("So."), user([text(REMINDER), text("And then?")])),
      {
        ...{ messages: 3, toolResults: 0, toolErrors: 0, newToolResults: 0, newToolErrors: 0, repeatedCalls: 0 },
        ...{ humanTurn: true, interrupted: false, compacted: false },
      },
    ],
    [
      "a turn that a person stopped",
      ask(user("Go"), calls("a"), user([...resultBlocks(true), text(STOPPED)])),
      {
        ...{ messages: 3, toolResults: 1, toolErrors: 1, newToolResults: 1, newToolErrors: 1, repeatedCalls: 0 },
        ...{ humanTurn: false, interrupted: true, compacted: false },
      },
    ],
    [
      "a body without a list of messages",
      { model: "claude-opus-5-5", max_tokens: 10, messages: "none" },
      {
        ...{ messages: null, toolResults: null, toolErrors: null, newToolResults: null, newToolErrors: null },
        ...{ repeatedCalls: null, humanTurn: null, interrupted: null, compacted: null },
      },
    ],
  ])("are %s", async (_, body, expected) => {
    const { event, killed } = await recordBoth(body);

    expect(event).toMatchObject({ ...expected, ended: "complete", toolUses: TOOL_USES });
    expect(killed).toMatchObject({ ...expected, ended: "interrupted", toolUses: null });
    expect(killed.id).toBe(event.id);
  });

  it("is the same with a number that has an exponent", async () => {
    const written = { ...WORKING, temperature: 1e-7 };
    expect(JSON.stringify(written)).toContain("1e-7");

    expect((await recordBoth(written)).event).toMatchObject({ messages: 9, toolResults: 8, repeatedCalls: 1 });
  });
});

describe("a person's turn", () => {
  const recorded = (name: string): Json => wire(name).body;

  it.each<[boolean, string, Json, Record<string, string>]>([
    [true, "a first question", recorded("main-opus-5-5"), SESSION],
    [true, "a first question behind reminders", recorded("main-haiku-4-5"), SESSION],
    [true, "a question of a program", recorded("sdk-sonnet-5-5"), {}],
    [false, "a title request", recorded("title-opus-5-5"), SESSION],
    [false, "a title request to a small model", recorded("title-haiku-4-5"), SESSION],
    [false, "an agent's task", recorded("subagent-haiku-5-5"), AGENT],
    [false, "a conversation that the client has just summed up", ask(user(SUMMARY)), SESSION],
    [true, "a question behind the client's summary", ask(user([text(SUMMARY), text("And then?")])), SESSION],
    [
      false,
      "the client's request for a summary",
      ask(user("Go"), model("So."), user("CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.\n\nYour task is …")),
      SESSION,
    ],
    [false, "a reminder behind a line feed", ask(user("Go"), model("So."), user(`\n${REMINDER}`)), SESSION],
    [false, "white space", ask(user("Go"), model("So."), user(" \n")), SESSION],
    [true, "words like the client's mark", ask(user("[Request interrupted flights: book others]")), SESSION],
  ])("is %s for %s", async (expected, _, body, headers) => {
    const { event, killed } = await recordBoth(body, headers);

    expect([event.humanTurn, killed.humanTurn]).toEqual([expected, expected]);
    expect(event.interrupted).toBe(false);
  });
});
