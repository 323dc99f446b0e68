import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indexBody } from "../json-index/body-index.ts";
import { type LastTurn, readLastTurn } from "./last-turn.ts";

interface Block {
  type: string;
  text?: string;
  is_error?: boolean;
}

function turnOf(body: unknown): LastTurn | null {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const indexed = indexBody(bytes, isUtf8);
  if (!indexed.ok) throw new Error("no body");
  return readLastTurn(bytes, indexed.value);
}

const conversation = (...messages: unknown[]) => turnOf({ model: "claude-opus-5-5", messages });
const user = (content: unknown) => ({ role: "user", content });
const assistant = {
  role: "assistant",
  content: [{ type: "tool_use", id: "t", name: "Bash", input: { is_error: true } }],
};
const text = (words: string) => ({ type: "text", text: words });
const result = (more: object = {}) => ({ type: "tool_result", tool_use_id: "t", content: [text("type it")], ...more });
const REMINDER = "<system-reminder>\nBe brief.\n</system-reminder>";

describe("the last turn of a conversation", () => {
  it("counts only the results behind the model's last message", () => {
    const found = conversation(
      user("Go"),
      assistant,
      user([result({ is_error: true })]),
      assistant,
      user([result(), result({ is_error: true }), result({ is_error: false })]),
    );

    expect(found).toEqual({ messages: 5, newToolResults: 3, newToolErrors: 1, isHuman: false, repeatedCalls: 1 });
  });

  it("counts the model's six messages before that end with the same call", () => {
    const calls = (...inputs: unknown[]) =>
      inputs.flatMap((input) => [
        {
          role: "assistant",
          content: [text("So."), { type: "tool_use", id: `${Math.random()}`, name: "Bash", input }],
        },
        user([result()]),
      ]);
    const repeats = (...inputs: unknown[]) => conversation(user("Go"), ...calls(...inputs))?.repeatedCalls;

    expect(repeats({ a: 1 })).toBe(0);
    expect(repeats({ a: 1 }, { a: 2 }, { a: 1 })).toBe(1);
    expect(repeats({ a: 1 }, { a: 1 }, { a: 1 })).toBe(2);
    expect(repeats({ a: 12 }, { a: 21 }, { b: 12 }, { a: 13 })).toBe(0);
    expect(repeats({}, { a: 1 })).toBe(0);
    // The seventh before it is too long ago.
    expect(repeats({ a: 1 }, 2, 3, 4, 5, 6, 7, { a: 1 })).toBe(0);
    expect(repeats({ a: 1 }, 3, 4, 5, 6, 7, { a: 1 })).toBe(1);
    const twice = { type: "tool_use", id: "t", name: "Read", input: { path: "a" } };
    const sideBySide = { role: "assistant", content: [twice, { ...twice, id: "u" }, { ...twice, name: "Bash" }] };
    expect(conversation(user("Go"), sideBySide, user([result()]))?.repeatedCalls).toBe(0);
    const said = { role: "assistant", content: [twice, text("Done.")] };
    expect(conversation(sideBySide, user([result()]), sideBySide, user("Stop"))?.repeatedCalls).toBe(0);
    expect(conversation(sideBySide, user([result()]), sideBySide, user([result()]))?.repeatedCalls).toBe(1);
    expect(conversation(said, user([result()]), said, user([result()]))?.repeatedCalls).toBe(0);
  });

  it("takes text for a person's unless it is a reminder of the client or empty", () => {
    const isHuman = (content: unknown) => conversation(user("Go"), assistant, user(content))?.isHuman;

    expect([isHuman("Go on"), isHuman([result(), text("Stop")]), isHuman([text(REMINDER), text("Why?")])]).toEqual([
      true,
      true,
      true,
    ]);
    expect([isHuman(REMINDER), isHuman([result(), text(REMINDER)]), isHuman([text("")]), isHuman([])]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it("counts no tool result that is only a word inside a text", () => {
    const words = JSON.stringify({ type: "tool_result", is_error: true });

    expect(conversation(user([text(words)]))).toEqual({
      messages: 1,
      newToolResults: 0,
      newToolErrors: 0,
      isHuman: true,
      repeatedCalls: 0,
    });
  });

  it("gives null where the body has no list of messages, or one too large for the walk", () => {
    expect(turnOf({ model: "m", messages: "none" })).toBeNull();
    expect(turnOf({ model: "m" })).toBeNull();
    expect(conversation(user("x".repeat(1024 * 1024)))).toBeNull();
  });

  it("agrees with what a parser counts, for any conversation", () => {
    // Whether calls repeat is another test's business: no message of this one holds any.
    const source = { type: "base64", media_type: "image/png", data: "AAAA" };
    const block: fc.Arbitrary<Block> = fc.oneof(
      fc.record({ type: fc.constant("text"), text: fc.constantFrom("a", REMINDER, "") }),
      fc.record({ type: fc.constant("tool_result"), is_error: fc.boolean(), content: fc.string() }),
      fc.constant({ type: "image", source }),
    );
    const message = fc.record({
      role: fc.constantFrom("user", "assistant", "system"),
      content: fc.oneof(fc.constantFrom("a", REMINDER), fc.array(block, { maxLength: 4 })),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), (messages) => {
        const last = messages.findLastIndex(({ role }) => role === "assistant");
        const blocks = messages
          .slice(last + 1)
          .filter(({ role }) => role === "user")
          .flatMap(({ content }): Block[] => (typeof content === "string" ? [text(content)] : content));
        const results = blocks.filter(({ type }) => type === "tool_result");
        expect(conversation(...messages)).toEqual({
          messages: messages.length,
          newToolResults: results.length,
          newToolErrors: results.filter((one) => one.is_error).length,
          repeatedCalls: 0,
          isHuman: blocks.some((one) => (one.text ?? "") !== "" && !one.text?.startsWith("<system-reminder>")),
        });
      }),
    );
  });
});
