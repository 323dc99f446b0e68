import { isUtf8 } from "node:buffer";
import { describe, expect, it } from "vitest";
import { wire } from "#tests/support/adapted.ts";
import { indexBody } from "../json-index/body-index.ts";
import { isTitleLike, readMessagesFields } from "./messages-fields.ts";

function read(body: unknown) {
  const bytes = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
  const index = indexBody(bytes, isUtf8);
  if (!index.ok) throw new Error(index.error.message);
  const found = readMessagesFields(bytes, index.value);
  return { found, titleLike: isTitleLike(bytes, index.value, found) };
}

const fields = (body: unknown) => read(body).found;

describe("readMessagesFields", () => {
  it("reads what decides a Claude Code turn", () => {
    const userId = JSON.stringify({ device_id: "d", account_uuid: "", session_id: "s-1" });

    const read = fields({
      model: "m",
      tools: [{ name: "Read" }],
      metadata: { user_id: userId },
      max_tokens: 128000,
      thinking: { type: "adaptive", display: "omitted" },
      stream: true,
    });

    expect(read).toMatchObject({
      isStream: true,
      maxTokens: 128000,
      thinkingType: "adaptive",
      hasThinking: true,
      hasTools: true,
    });
    expect(read).toMatchObject({ userId, sessionId: "s-1", isOneShot: false });
  });

  it("reads numbers as JSON does, however they are written", () => {
    const written = ["0", "7", "32000", "1e3", "-1", "2.5", "1234567890123456", '"5"', "null"];
    const read = written.map((number) => fields(`{"model":"m","max_tokens":${number}}`).maxTokens);
    expect(read).toEqual([0, 7, 32_000, 1_000, -1, 2.5, 1_234_567_890_123_456, null, null]);
  });

  it("takes a session that could not be recorded as none, as it does in a header", () => {
    const named = (id: unknown) => fields({ model: "m", metadata: { user_id: JSON.stringify({ session_id: id }) } });
    for (const id of [
      "a\0b",
      "\u2028",
      "a b",
      "é",
      "\ud800",
      "x".repeat(129),
      "",
      7,
      null,
      ["s"],
      `cco_sk_${"a".repeat(40)}`,
    ])
      expect(named(id).sessionId, JSON.stringify(id)).toBeNull();
    expect(named("x".repeat(128)).sessionId).toBe("x".repeat(128));
  });

  it("does not ask the body for a session that a header has named", () => {
    const bytes = new TextEncoder().encode('{"model":"m","metadata":{"user_id":"{\\"session_id\\":\\"s-1\\"}"}}');
    const index = indexBody(bytes, isUtf8);
    if (!index.ok) throw new Error(index.error.message);
    expect(readMessagesFields(bytes, index.value).sessionId).toBe("s-1");
    expect(readMessagesFields(bytes, index.value, true)).toMatchObject({ userId: null, sessionId: null });
  });

  it("takes absent, empty and oddly typed fields as absent", () => {
    const read = fields({
      model: "m",
      tools: [],
      thinking: { type: "disabled" },
      metadata: { user_id: 7 },
      stream: "true",
      max_tokens: "9",
    });

    expect(read).toMatchObject({
      isStream: false,
      maxTokens: null,
      hasThinking: false,
      hasTools: false,
      userId: null,
      sessionId: null,
    });
  });

  it("knows a title request by its fixed form of answer", () => {
    expect(fields({ model: "m", output_config: { format: { type: "json_schema" } } }).isOneShot).toBe(true);
    expect(fields({ model: "m", output_config: { effort: "medium" } }).isOneShot).toBe(false);
  });
});

describe("isTitleLike", () => {
  const format = { type: "json_schema", schema: { type: "object", properties: { title: { type: "string" } } } };
  const title = {
    model: "m",
    messages: [{ role: "user", content: "<session>fix it</session>" }],
    output_config: { format },
  };

  it("knows the title requests that clients were seen to send, and no other of their requests", () => {
    for (const name of ["title-opus-5-5", "title-haiku-4-5"]) expect(read(wire(name).body).titleLike, name).toBe(true);
    for (const name of [
      "main-opus-5-5",
      "main-haiku-4-5",
      "subagent-haiku-5-5",
      "count-tokens-opus-5-5",
      "sdk-sonnet-5-5",
    ])
      expect(read(wire(name).body).titleLike, name).toBe(false);
  });

  it.each([
    ["tools", { tools: [{ name: "Read" }] }],
    ["a cache marker", { system: [{ type: "text", text: "a", cache_control: { type: "ephemeral" } }] }],
    ["a long prompt", { system: "x".repeat(17_000) }],
    ["no form of answer", { output_config: { effort: "low" } }],
    ["another form of answer", { output_config: { format: { type: "text" } } }],
  ])("is false with %s", (_, more) => {
    expect(read({ ...title, ...more }).titleLike).toBe(false);
  });

  it("does not take words about cache markers for one", () => {
    expect(read({ ...title, system: 'what is "cache_control": {}' }).titleLike).toBe(true);
  });
});
