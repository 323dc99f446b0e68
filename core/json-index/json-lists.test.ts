import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noBlocks } from "../protocol/count-blocks.ts";
import { AsciiWords, toAscii } from "./ascii.ts";
import { findBodyFields, findFields } from "./json-fields.ts";
import { membersOfField, type ObjectList, objectsOfField } from "./json-lists.ts";
import { findInside } from "./json-outline.ts";
import { DEPTH_MAX, type Field, JsonScan } from "./json-scan.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const OPENING = '{"role":"user","content":';
const NAMES = ["type", "source", "a"];

const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("role", "content", "type", "media_type", "data", "output_config", "source") },
  fc.string({ maxLength: 12 }),
);
const text = fc.oneof(
  fc.constantFrom("image", "document", "tool_reference", "image/png", "user", "text", '"type":"image"', "x".repeat(90)),
  fc.string({ maxLength: 40 }),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, text, text, fc.integer(), fc.constant(null), tie("list"), tie("object")),
  list: fc.array(tie("value"), { maxLength: 4 }),
  object: fc.dictionary(key, tie("value"), { maxKeys: 4 }),
}));
const message = fc.oneof(
  fc.record({ role: fc.constantFrom("user", "assistant"), content: value }),
  fc.dictionary(key, value, { maxKeys: 4 }),
);
const messages = fc.array(fc.oneof({ weight: 9, arbitrary: message }, value), { maxLength: 8 });
const indent = fc.constantFrom(undefined, 1, "\t");

function fieldsOfBody(bytes: Uint8Array): Field[] {
  const scan = new JsonScan(bytes);
  scan.advance();
  return scan.fields;
}

const messagesIn = (bytes: Uint8Array): Field => fieldsOfBody(bytes).find(({ name }) => name === "messages") as Field;

/** A last value with more fields behind it than the walk takes: the body is left to the slower reader. */
const TOO_MANY = `1${Array.from({ length: 1024 }, (_, at) => `,"f${at}":0`).join("")}`;

/** What a reader of the list learns. */
function read(body: string, name: string) {
  const bytes = encoder.encode(body);
  const scan = new JsonScan(bytes);
  scan.advance();
  const field = scan.fields.find((one) => one.name === name);
  if (field === undefined) return "no field";
  const blocks = noBlocks();
  const list = objectsOfField(bytes, field, blocks);
  if (list === null) return "no list";
  return { objects: listObjects(list), hasOthers: list.hasOthers, blocks: list.hasOthers ? null : blocks };
}

const listObjects = (list: ObjectList) => Array.from({ length: list.length }, (_, position) => list.at(position));

/** What a list says of its objects without making them is what they say. */
function expectAgreement(list: ObjectList, bytes: Uint8Array): void {
  const objects = listObjects(list);
  for (const [position, { start, members }] of objects.entries()) {
    const written = decoder.decode(bytes.subarray(start));
    const isTurn = members.length === 2 && written.startsWith(OPENING);
    expect(list.opensWith(position, 2, new AsciiWords(OPENING))).toBe(isTurn);
    const last = members.at(-1);
    if (last !== undefined) expect(list.lastValue(position)).toEqual({ start: last.start, end: last.end });
  }
  const isMentioned = objects.some(({ members }) =>
    members.some(({ name, isEscaped }) => isEscaped || NAMES.includes(name)),
  );
  expect(list.mentions(NAMES.map((name) => toAscii(`"${name}"`)))).toBe(isMentioned);
}

describe("the objects of a list", () => {
  it("finds the same objects and counts whether the whole body was walked or the list alone", () => {
    fc.assert(
      fc.property(messages, value, indent, (list, other, space) => {
        const shell = (last: string) =>
          JSON.stringify({ model: "m", before: other, messages: list, tools: [], last: "LAST" }, null, space).replace(
            '"LAST"',
            last,
          );
        const quick = encoder.encode(shell("1"));
        expect(findInside(quick, DEPTH_MAX)).not.toBeNull();
        expect(findInside(encoder.encode(shell(TOO_MANY)), DEPTH_MAX)).toBeNull();
        expect(read(shell("1"), "messages")).toEqual(read(shell(TOO_MANY), "messages"));
        for (const last of ["1", TOO_MANY]) {
          const bytes = encoder.encode(shell(last));
          const list = objectsOfField(bytes, messagesIn(bytes));
          if (list === null) throw new Error("messages is a list");
          expectAgreement(list, bytes);
          findBodyFields(bytes);
          for (const span of fieldsOfBody(bytes)) {
            if (bytes[span.start] === 0x7b) expect(membersOfField(bytes, span)).toEqual(findFields(bytes, span));
          }
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it("finds the objects of every field, in any order of look-ups", () => {
    const one = '{"tools":[{"name":"a"},{"name":"b","strict":true}],"messages":[{"role":"user","content":[]}]}';
    const two = '{"messages":[1,{"role":"user","content":"x","content":"y"}],"tools":7}';
    const bytes = [one, two].map((body) => encoder.encode(body));
    findBodyFields(bytes[0] as Uint8Array);
    findBodyFields(bytes[1] as Uint8Array);

    expect(read(one, "tools")).toMatchObject({ objects: [{ members: [{ name: "name" }] }, { members: [{}, {}] }] });
    expect(read(two, "messages")).toMatchObject({ hasOthers: true, objects: [{ members: [{}, {}, {}] }] });
    expect(read(two, "tools")).toBe("no list");
    expect(read(one, "messages")).toMatchObject({ hasOthers: false, objects: [{ members: [{}, {}] }] });
  });

  it("walks a conversation that has too many items for the outline", () => {
    const many = `{"messages":[${Array(70_000).fill("{}").join()}]}`;
    const bytes = encoder.encode(many);

    expect(findBodyFields(bytes)).toHaveLength(1);
    expect(findInside(bytes, DEPTH_MAX)).toBeNull();
    expect(read(many, "messages")).toMatchObject({ hasOthers: false, objects: { length: 70_000 } });
  });
});
