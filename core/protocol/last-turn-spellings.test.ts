import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SPELLINGS, spellJson, spellName } from "#tests/support/spell-json.ts";
import { indexBody } from "../json-index/body-index.ts";
import { WalkedMessages } from "../json-index/walked-messages.ts";
import { type LastTurn, readLastTurn } from "./last-turn.ts";

type Parsed = Record<string, unknown>;

function readTurn(body: string): LastTurn | null {
  const bytes = Buffer.from(body);
  const indexed = indexBody(bytes, isUtf8);
  if (!indexed.ok) throw new Error(indexed.error.message);
  const messages = WalkedMessages.find(bytes, indexed.value);
  return messages && readLastTurn(messages);
}

const PERSON = "Go on";
const REMINDER = "\n<system-reminder>\nBe brief.\n</system-reminder>";
const STOPPED = "[Request interrupted by user for tool use]";
const SUMMARY = "This session is being continued from a previous conversation that ran out of context.";

/** Counts a body as JSON's own parser reads it, by the definitions alone. */
function countParsed(body: string): LastTurn {
  const { messages } = JSON.parse(body) as { messages: Parsed[] };
  const listBlocks = ({ content }: Parsed): Parsed[] => {
    if (!Array.isArray(content)) return [{ type: "text", text: content }];
    return content.filter((one) => typeof one === "object" && one !== null && !Array.isArray(one)) as Parsed[];
  };
  const resultsIn = (list: Parsed[]) => list.flatMap(listBlocks).filter(({ type }) => type === "tool_result");
  const errorsIn = (list: Parsed[]) => resultsIn(list).filter((block) => block.is_error === true).length;
  const textsIn = (list: Parsed[]) =>
    list
      .flatMap(listBlocks)
      .filter(({ type }) => type === "text")
      .map(({ text }) => text);
  const last = messages.findLastIndex(({ role }) => role === "assistant");
  const newest = messages.slice(last + 1).filter(({ role }) => role === "user");
  const texts = textsIn(newest);
  const newToolResults = resultsIn(newest).length;
  const calls = messages
    .slice(Math.max(0, last - 16), last + 1)
    .filter(({ role }) => role === "assistant")
    .map((message) => listBlocks(message).filter((one) => one.type === "tool_use" && "name" in one && "input" in one));
  const isRepeating = newToolResults > 0 && (calls.at(-1)?.length ?? 0) > 0;
  const [newestCall, ...before] = calls.flat().map(printCall).reverse();
  return {
    messages: messages.length,
    toolResults: resultsIn(messages).length,
    toolErrors: errorsIn(messages),
    newToolResults,
    newToolErrors: errorsIn(newest),
    hasWords: texts.includes(PERSON),
    isInterrupted: texts.includes(STOPPED),
    isCompacted: textsIn(messages.slice(0, 1)).includes(SUMMARY),
    repeatedCalls: isRepeating ? before.slice(0, 6).filter((call) => call === newestCall).length : 0,
  };
}

function printCall({ name, input }: Parsed): string {
  const members = Object.entries(input as Parsed).map((member) => JSON.stringify(member));
  return JSON.stringify([name, members.sort()]);
}

const text = fc.constantFrom(PERSON, REMINDER, STOPPED, SUMMARY, " \n", "");
const input = fc.constantFrom({}, { a: 1, b: [2] }, { b: [2], a: 1 }, { a: 1, b: [3] }, { a: "}" }, { aa: 1 });

describe("the last turn of a conversation in several spellings", () => {
  const block = fc.oneof(
    fc.record({ type: fc.constant("text"), text }),
    fc.record({ type: fc.constant("tool_result"), is_error: fc.boolean(), content: text }),
    fc.record({ type: fc.constant("tool_use"), id: fc.constant("t"), name: fc.constantFrom("Read", "Edit"), input }),
  );
  const message = fc.record({
    role: fc.constantFrom("user", "assistant", "assistant", "system"),
    content: fc.oneof(text, fc.array(block, { maxLength: 4 })),
  });
  const conversation = fc.array(message, { maxLength: 8 });

  it.each([...Object.entries(SPELLINGS), ["escapes in names", { isEscaped: true }] as const])(
    "has the same counts with %s",
    (_, spelling) => {
      fc.assert(
        fc.property(conversation, (messages) => {
          // The names of the body itself must be written without escapes.
          const body = `{"model":"m","messages":${spellJson(messages, spelling)}}`;
          expect(readTurn(body)).toEqual(countParsed(JSON.stringify({ messages })));
        }),
        { numRuns: 300 },
      );
    },
  );
});

describe("the last turn of a conversation with members given twice, with escapes, and in lists beside the content", () => {
  const json = (...values: unknown[]) => fc.constantFrom(...values.map((value) => JSON.stringify(value)));
  const type = fc.oneof(
    json("tool_result", "tool_result", "tool_use", "text", 5, null),
    fc.constantFrom(
      '"tool\\u005fresult"',
      '"t\\u0065xt"',
      '"tool_results"',
      '["tool_result"]',
      '{"type":"tool_result"}',
    ),
  );
  const nested = fc.constantFrom('[{"type":"tool_result","is_error":true}]', '{"type":"tool_result"}', '"tool_result"');
  const value: Record<string, fc.Arbitrary<string>> = {
    type,
    text: fc.oneof(
      text.map((one) => JSON.stringify(one)),
      json(5),
    ),
    is_error: json(true, true, false, "true", null, [true]),
    name: json("Read", "Edit"),
    input: input.map((one) => JSON.stringify(one)),
    content: nested,
    cache_control: json({ type: "ephemeral" }, null),
    caller: nested,
  };
  const spelled = fc.constantFrom(false, false, false, true);
  const buildMember = (name: string, values: fc.Arbitrary<string>) =>
    fc.tuple(values, spelled).map(([one, isEscaped]) => `${spellName(name, { isEscaped })}:${one}`);
  const member = fc.oneof(
    ...Object.entries(value).map(([name, values]) => buildMember(name, values)),
    buildMember("type", type),
  );
  const buildObject = (members: fc.Arbitrary<string[]>) => members.map((list) => `{${list.join(",")}}`);
  const block = buildObject(fc.array(member, { maxLength: 6 }));
  const list = fc
    .array(fc.oneof({ weight: 5, arbitrary: block }, { weight: 1, arbitrary: nested }), { maxLength: 4 })
    .map((blocks) => `[${blocks.join(",")}]`);
  const role = fc.oneof(
    json("user", "assistant", "system", null),
    fc.constantFrom('"assist\\u0061nt"', '"\\u0075ser"'),
  );
  const content = fc.oneof(
    { weight: 5, arbitrary: list },
    { weight: 1, arbitrary: block },
    { weight: 1, arbitrary: text.map((one) => JSON.stringify(one)) },
  );
  const message = buildObject(
    fc
      .tuple(
        fc.array(buildMember("role", role), { minLength: 1, maxLength: 2 }),
        fc.array(buildMember("content", content), { maxLength: 2 }),
        fc.array(fc.oneof(buildMember("extra", list), buildMember("id", json("x"))), { maxLength: 2 }),
      )
      .chain((members) => fc.shuffledSubarray(members.flat(), { minLength: members.flat().length })),
  );
  const body = fc
    .array(message, { maxLength: 6 })
    .map((messages) => `{"model":"m","messages":[${messages.join(",")}]}`);

  it("counts what JSON's own parser finds", () => {
    fc.assert(
      fc.property(body, (written) => {
        expect(readTurn(written)).toEqual(countParsed(written));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each<[string, string, Partial<LastTurn>]>([
    [
      "an error that is taken back",
      '[{"type":"tool_result","is_error":true,"is_error":false}]',
      { toolResults: 1, toolErrors: 0 },
    ],
    [
      "an error that comes second",
      '[{"is_error":false,"type":"tool_result","is_error":true}]',
      { toolResults: 1, toolErrors: 1 },
    ],
    ["a type that is replaced", '[{"type":"tool_result","type":"text","text":""}]', { toolResults: 0, toolErrors: 0 }],
    ["a type that comes second", '[{"type":"text","type":"tool_result"}]', { toolResults: 1, toolErrors: 0 }],
    ["a type with an escape in its name", '[{"typ\\u0065":"tool_result"}]', { toolResults: 1, toolErrors: 0 }],
    [
      "a list beside the content",
      '[],"extra":[{"type":"tool_result","is_error":true}]',
      { toolResults: 0, toolErrors: 0 },
    ],
    ["a content that is an object", '{"a":{"type":"tool_result"}}', { toolResults: 0, toolErrors: 0 }],
  ])("counts the same in all messages and behind the model's last one for %s", (_, written, counts) => {
    const found = readTurn(`{"model":"m","messages":[{"role":"user","content":${written}}]}`);

    expect(found).toMatchObject({ ...counts, newToolResults: counts.toolResults, newToolErrors: counts.toolErrors });
  });
});
