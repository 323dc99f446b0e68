import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joined, splice } from "../protocol/splice.ts";
import { memberEdits } from "./json-members.ts";
import { objectAt } from "./json-walk.ts";

const encoder = new TextEncoder();

function changed(text: string, changes: Record<string, string | null>): string {
  const bytes = encoder.encode(text);
  const open = text.indexOf("{");
  const edits = memberEdits(open, objectAt(bytes, open).members, new Map(Object.entries(changes)));
  return new TextDecoder().decode(
    joined(
      splice(
        bytes,
        edits.map((edit) => ({ ...edit, bytes: encoder.encode(edit.text), why: "test" })),
      ),
    ),
  );
}

describe("memberEdits", () => {
  it.each([
    ['{"a":1,"b":2}', { a: null }, '{"b":2}'],
    ['{"a":1,"b":2}', { b: null }, '{"a":1}'],
    ['{ "a" : 1 , "b" : 2 , "c" : 3 }', { b: null }, '{ "a" : 1 , "c" : 3 }'],
    ['{"a":1,"b":2}', { a: null, b: null }, "{}"],
    ['{"a":1}', { a: null, n: "3" }, '{"n":3}'],
    ["{ }", { n: "3", m: "4" }, '{"n":3,"m":4 }'],
    ['{"a":1.0,"b":"\\u0041"}', { n: "[]" }, '{"a":1.0,"b":"\\u0041","n":[]}'],
    ['{"a":1,"b":2,"c":3}', { b: null, c: null, n: "4" }, '{"a":1,"n":4}'],
    ['{"a":{"x":[1,"}"]},"b":2}', { a: "0" }, '{"a":0,"b":2}'],
  ])("changes %s by %o", (text, changes, expected) => {
    expect(changed(text, changes)).toBe(expected);
  });

  it("edits any object as a program would, with any spacing", () => {
    const name = fc.constantFrom("a", "b", "c", "d", "é", 'q"');
    const value = fc.oneof(fc.jsonValue(), fc.constant('",}]\\'));
    fc.assert(
      fc.property(
        fc.dictionary(name, value),
        fc.dictionary(name, fc.option(fc.jsonValue())),
        fc.constantFrom("", " ", "\t\n"),
        (object, wanted, spacing) => {
          const entries = Object.entries(wanted).map(([key, next]) => [
            key,
            next === null ? null : JSON.stringify(next),
          ]);
          const expected: Record<string, unknown> = { ...object };
          for (const [key, next] of Object.entries(wanted)) {
            if (next === null) delete expected[key];
            else expected[key] = next;
          }
          const text = changed(JSON.stringify(object, null, spacing), Object.fromEntries(entries));
          expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(expected)));
        },
      ),
    );
  });
});
