import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joined, splice } from "./splice.ts";

const toBytes = (text: string) => new TextEncoder().encode(text);
const spliced = (text: string, edits: { start: number; end: number; text: string }[]) =>
  new TextDecoder().decode(
    joined(
      splice(
        toBytes(text),
        edits.map(({ text: put, ...span }) => ({ ...span, bytes: toBytes(put), why: "test" })),
      ),
    ),
  );

describe("splice", () => {
  it("hands back the very bytes when there is nothing to change", () => {
    const bytes = toBytes("abc");

    expect(joined(splice(bytes, []))).toBe(bytes);
  });

  it("replaces, removes and puts in, in any order given", () => {
    expect(
      spliced("0123456789", [
        { start: 8, end: 9, text: "" },
        { start: 0, end: 2, text: "AB!" },
        { start: 5, end: 5, text: "+" },
      ]),
    ).toBe("AB!234+5679");
  });

  it("refuses edits that overlap or leave the body", () => {
    expect(() =>
      spliced("0123", [
        { start: 0, end: 3, text: "" },
        { start: 2, end: 4, text: "" },
      ]),
    ).toThrow("overlap");
    expect(() => spliced("0123", [{ start: 3, end: 5, text: "" }])).toThrow("leave");
  });

  it("copies nothing that is not changed", () => {
    const bytes = toBytes("0123456789");
    const chunks = splice(bytes, [{ start: 4, end: 5, bytes: toBytes("x"), why: "test" }]);

    expect(chunks.map((chunk) => chunk.buffer === bytes.buffer)).toEqual([true, false, true]);
  });

  it("equals cutting and joining text, for any disjoint edits", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme-ascii" }),
        fc.array(fc.tuple(fc.nat(50), fc.string({ unit: "grapheme-ascii" })), { maxLength: 6 }),
        (text, cuts) => {
          const places = [...new Set(cuts.map(([at]) => Math.min(at, text.length)))].sort((a, b) => a - b);
          const edits = places
            .slice(0, -1)
            .map((start, i) => ({ start, end: places[i + 1] ?? start, text: cuts[i]?.[1] ?? "" }))
            .filter((_, i) => i % 2 === 0);
          let wanted = "";
          let at = 0;
          for (const edit of edits) {
            wanted += text.slice(at, edit.start) + edit.text;
            at = edit.end;
          }
          expect(spliced(text, edits)).toBe(wanted + text.slice(at));
        },
      ),
    );
  });
});
