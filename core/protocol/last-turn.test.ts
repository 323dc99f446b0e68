// Long because each counter has its conversations, and one property holds all counters to a plain reading of them.

import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indexBody } from "../json-index/body-index.ts";
import { findFields } from "../json-index/json-fields.ts";
import { WalkedMessages } from "../json-index/walked-messages.ts";
import { type LastTurn, readLastTurn } from "./last-turn.ts";

interface Block {
  type: string;
  text?: string;
  is_error?: boolean;
}

function readTurn(body: unknown): LastTurn | null {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const indexed = indexBody(bytes, isUtf8);
  if (!indexed.ok) throw new Error("no body");
  const messages = WalkedMessages.find(bytes, indexed.value);
  return messages && readLastTurn(messages);
}

const conversation = (...messages: unknown[]) => readTurn({ model: "claude-opus-5-5", messages });
const user = (content: unknown) => ({ role: "user", content });
const assistant = {
  role: "assistant",
  content: [{ type: "tool_use", id: "t", name: "Bash", input: { is_error: true } }],
};
const text = (words: string) => ({ type: "text", text: words });
const result = (more: object = {}) => ({ type: "tool_result", tool_use_id: "t", content: [text("type it")], ...more });
const INTERRUPTED = "[Request interrupted by user]";
const SUMMARY =
  "This session is being continued from a previous conversation that ran out of context. So far: nothing.";
const REMINDER = "<system-reminder>\nBe brief.\n</system-reminder>";

describe("the messages of a walked body", () => {
  it("refuse every read once the engine holds another body", () => {
    const walk = (words: string) => {
      const bytes = Buffer.from(JSON.stringify({ model: "claude-opus-5-5", messages: [user(words)] }));
      const indexed = indexBody(bytes, isUtf8);
      if (!indexed.ok) throw new Error("no body");
      return WalkedMessages.find(bytes, indexed.value);
    };
    const first = walk("one");
    expect(first?.length).toBe(1);
    walk("two");

    const reads: ((of: WalkedMessages) => unknown)[] = [
      (of) => of.length,
      (of) => of.toolResults,
      (of) => of.toolErrors,
      (of) => of.markCount,
      (of) => of.readTurn(),
      (of) => of.turnPart(0),
      (of) => of.print(undefined, undefined, 1),
      (of) => of.toolsHash,
      (of) => of.systemHash,
      (of) => of.countModels(0, 1),
      (of) => of.spelling,
      (of) => of.lengthBefore(0),
      (of) => of.readForms(),
      (of) => of.readForm(0, 1),
    ];
    for (const read of reads) expect(() => first && read(first)).toThrow(/another body/);
  });
});

describe("the last turn of a conversation", () => {
  it("counts only the results behind the model's last message", () => {
    const found = conversation(
      user("Go"),
      assistant,
      user([result({ is_error: true })]),
      assistant,
      user([result(), result({ is_error: true }), result({ is_error: false })]),
    );

    expect(found).toEqual({
      messages: 5,
      toolResults: 4,
      toolErrors: 2,
      newToolResults: 3,
      newToolErrors: 1,
      hasWords: false,
      isInterrupted: false,
      isCompacted: false,
      repeatedCalls: 1,
    });
  });

  it("counts the same call among the six before the model's last one", () => {
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
    expect(conversation(said, user([result()]), said, user([result()]))?.repeatedCalls).toBe(1);
  });

  it("knows the same call among others in a message, with a cache mark, and with its members in another order", () => {
    const [a, b] = ["a", "b"].map((path) => ({ type: "tool_use", id: path, name: "Read", input: { path, lines: 7 } }));
    const mark = { cache_control: { type: "ephemeral" } };
    const repeats = (...messages: unknown[][]) =>
      conversation(user("Go"), ...messages.flatMap((content) => [{ role: "assistant", content }, user([result()])]))
        ?.repeatedCalls;

    expect(repeats([a, b], [b, a])).toBe(1);
    expect(repeats([a, a])).toBe(1);
    expect(repeats([a, b], [a, b], [a, b])).toBe(2);
    // Six calls, and not six messages.
    expect(repeats([a, b, b, b], [b, b, b, a])).toBe(0);
    expect(repeats([b, a, b, b], [b, b, b, a])).toBe(1);
    expect(repeats([a], [{ ...a, ...mark }])).toBe(1);
    expect(repeats([{ ...mark, ...a }], [b], [a])).toBe(1);
    expect(repeats([a], [{ type: "tool_use", name: "Read", input: a?.input, id: "x" }])).toBe(1);
    expect(repeats([a], [{ input: { lines: 7, path: "a" }, id: "x", name: "Read", type: "tool_use" }])).toBe(1);
    expect(repeats([a], [{ ...a, input: { path: "7", lines: "a" } }])).toBe(0);
    expect(repeats([a], [{ ...a, input: { lines: "a", path: 7 } }])).toBe(0);
    expect(repeats([{ ...a, input: [1, 2] }], [{ ...a, input: [2, 1] }])).toBe(0);
  });

  it.each<[boolean, string, string]>([
    [true, "words", "Go on"],
    [true, "words behind white space", "\n\t Go on"],
    [true, "words that begin like the client's", "[Request interrupted flights: book others]"],
    [true, "the client's mark with more behind it", "[Request interrupted by user] is what I read. Why?"],
    [true, "a mark of another case", "[request interrupted by user]"],
    [true, "a reminder of another name", "<system-reminders>"],
    [true, "an accent", "\u00e9"],
    [false, "a reminder", REMINDER],
    [false, "a reminder behind white space", `\n\r\t ${REMINDER}`],
    [false, "white space", " \n\t\r\n"],
    [false, "much white space", " ".repeat(400)],
    [false, "nothing", ""],
    [false, "the client's summary", SUMMARY],
    [false, "the client's summary behind white space", `\n${SUMMARY}`],
    [
      false,
      "the client's request for a summary",
      "CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.\n\nBe brief.",
    ],
    [
      false,
      "the same as older clients write it",
      "Your task is to create a detailed summary of the conversation so far, paying close attention to the user's explicit requests",
    ],
    [false, "what a command of the person printed", "<local-command-stdout>done</local-command-stdout>"],
    [false, "a note of a task that ended", "<task-notification>\n<task-id>b1</task-id>\n</task-notification>"],
    [false, "a mark", INTERRUPTED],
    [false, "a mark before a line feed", `${INTERRUPTED}\n`],
  ])("says %s that a person wrote %s", (expected, _, words) => {
    const found = (content: unknown) => conversation(user("Go"), assistant, user(content))?.hasWords;
    const written = JSON.stringify({ model: "m", messages: [user("Go"), assistant, user([text(words)])] });
    // As writers do that escape what HTML takes for its own.
    const escaped = written.replaceAll("<", "\\u003c").replaceAll(">", "\\u003E");

    expect([found(words), found([text(words)]), found([result(), text(words)])]).toEqual([
      expected,
      expected,
      expected,
    ]);
    expect(found([text(words), text("Why?")])).toBe(true);
    expect(readTurn(escaped)?.hasWords).toBe(expected);
  });

  it("takes text for a person's unless it is a reminder of the client or empty", () => {
    const hasWords = (content: unknown) => conversation(user("Go"), assistant, user(content))?.hasWords;

    expect([hasWords("Go on"), hasWords([result(), text("Stop")]), hasWords([text(REMINDER), text("Why?")])]).toEqual([
      true,
      true,
      true,
    ]);
    expect([hasWords(REMINDER), hasWords([result(), text(REMINDER)]), hasWords([text("")]), hasWords([])]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it("counts no tool result that is only a word inside a text", () => {
    const words = JSON.stringify({ type: "tool_result", is_error: true });

    const inside = user([result({ content: [result({ is_error: true }), text(INTERRUPTED)] })]);
    const counts = { messages: 2, toolResults: 1, toolErrors: 0, newToolResults: 1, newToolErrors: 0 };
    const flags = { hasWords: true, isInterrupted: false, isCompacted: false, repeatedCalls: 0 };
    expect(conversation(user([text(words)]), inside)).toEqual({ ...counts, ...flags });
  });

  it("counts a block as an error of a tool only where both are said of it, in any order", () => {
    const errors = (...blocks: object[]) => {
      const found = conversation(user(blocks), assistant, user("Go on"));
      return [found?.toolResults, found?.toolErrors];
    };

    expect(errors({ is_error: true, type: "tool_result" }, { type: "tool_result" })).toEqual([2, 1]);
    expect(errors({ type: "text", text: "a", is_error: true }, { type: "tool_result", is_error: false })).toEqual([
      1, 0,
    ]);
    expect(errors({ type: "tool_result", is_error: "true" }, { type: "tool_result", is_errors: true })).toEqual([2, 0]);
  });

  it("knows a turn that a person stopped, and does not take the mark for a person's words", () => {
    const found = (content: unknown) => {
      const { isInterrupted, hasWords } = conversation(user("Go"), assistant, user(content)) ?? {};
      return { isInterrupted, hasWords };
    };

    expect(found([text(INTERRUPTED)])).toEqual({ isInterrupted: true, hasWords: false });
    expect(found([result(), text("[Request interrupted by user for tool use]"), text("Rather this.")])).toEqual({
      isInterrupted: true,
      hasWords: true,
    });
    expect(conversation(user(INTERRUPTED), assistant, user("Go on"))?.isInterrupted).toBe(false);
    expect(found("[Request interrupted flights: book others]")).toEqual({ isInterrupted: false, hasWords: true });
    expect(found(`${INTERRUPTED} Sorry`)).toEqual({ isInterrupted: false, hasWords: true });
    expect(found(`\n${INTERRUPTED}\n`)).toEqual({ isInterrupted: true, hasWords: false });
  });

  it("knows a conversation that begins with the summary of an earlier one", () => {
    const isCompacted = (...messages: unknown[]) => conversation(...messages)?.isCompacted;

    expect(isCompacted(user(SUMMARY))).toBe(true);
    expect(isCompacted(user([text(REMINDER), text(SUMMARY)]), assistant, user("Go on"))).toBe(true);
    expect(isCompacted(user("Go"), assistant, user(SUMMARY))).toBe(false);
    expect(isCompacted(user([result({ content: SUMMARY })]))).toBe(false);
  });

  it("reads names that are written with escapes", () => {
    const written = JSON.stringify({
      model: "m",
      messages: [assistant, user([result()]), assistant, user([result({ is_error: true }), text("Stop")])],
    });
    const escaped = ["role", "content", "type", "text", "name", "input", "is_error"].reduce(
      (body, name) =>
        body.replaceAll(
          `"${name}":`,
          `"${name.replace(/./g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)}":`,
        ),
      written,
    );

    expect(escaped).not.toContain("role");
    expect(readTurn(escaped)).toEqual(readTurn(written));
    expect(readTurn(escaped)).toMatchObject({ toolResults: 2, newToolErrors: 1, hasWords: true, repeatedCalls: 1 });
  });

  it("is the body's even where another document was read since its fields were found", () => {
    const bytes = Buffer.from(JSON.stringify({ model: "m", messages: [user("Go"), assistant, user([result()])] }));
    const indexed = indexBody(bytes, isUtf8);
    findFields(Buffer.from(JSON.stringify({ other: "x".repeat(bytes.length) })), { start: 0, end: bytes.length + 12 });

    const messages = indexed.ok ? WalkedMessages.find(bytes, indexed.value) : null;

    expect(messages && readLastTurn(messages)).toMatchObject({ messages: 3, newToolResults: 1 });
  });

  it("gives null where the body has no list of messages, or one too large for the walk", () => {
    expect(readTurn({ model: "m", messages: "none" })).toBeNull();
    expect(readTurn({ model: "m" })).toBeNull();
    expect(conversation(user("x".repeat(1024 * 1024)))).toBeNull();
  });

  it("agrees with what a parser counts, for any conversation", () => {
    // Whether calls repeat is another test's business: no message of this one holds any.
    const source = { type: "base64", media_type: "image/png", data: "AAAA" };
    const block: fc.Arbitrary<Block> = fc.oneof(
      fc.record({ type: fc.constant("text"), text: fc.constantFrom("a", REMINDER, "", INTERRUPTED, SUMMARY) }),
      fc.record({ type: fc.constant("tool_result"), is_error: fc.boolean(), content: fc.string() }),
      fc.constant({ type: "image", source }),
    );
    const message = fc.record({
      role: fc.constantFrom("user", "assistant", "system"),
      content: fc.oneof(fc.constantFrom("a", REMINDER), fc.array(block, { maxLength: 4 })),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), (messages) => {
        const toBlocks = ({ content }: (typeof messages)[number]): Block[] =>
          typeof content === "string" ? [text(content)] : content;
        const last = messages.findLastIndex(({ role }) => role === "assistant");
        const blocks = messages
          .slice(last + 1)
          .filter(({ role }) => role === "user")
          .flatMap((one) => toBlocks(one));
        const resultsIn = (list: Block[]) => list.filter(({ type }) => type === "tool_result");
        const results = resultsIn(blocks);
        const all = resultsIn(messages.flatMap(toBlocks));
        expect(conversation(...messages)).toEqual({
          messages: messages.length,
          toolResults: all.length,
          toolErrors: all.filter((one) => one.is_error).length,
          isInterrupted: blocks.some((one) => one.text === INTERRUPTED),
          isCompacted: messages
            .slice(0, 1)
            .flatMap(toBlocks)
            .some((one) => one.text === SUMMARY),
          newToolResults: results.length,
          newToolErrors: results.filter((one) => one.is_error).length,
          repeatedCalls: 0,
          hasWords: blocks.some(({ text: words = "" }) => !["", REMINDER, INTERRUPTED, SUMMARY].includes(words)),
        });
      }),
    );
  });
});
