import { isUtf8 } from "node:buffer";
import { describe, expect, it } from "vitest";
import { indexBody } from "./body-index.ts";
import { readMessagesFields } from "./messages-fields.ts";

function fields(body: unknown) {
  const bytes = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
  const index = indexBody(bytes, isUtf8);
  if (!index.ok) throw new Error(index.error.message);
  return readMessagesFields(bytes, index.value);
}

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
