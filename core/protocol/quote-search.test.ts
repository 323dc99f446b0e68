import fc from "fast-check";
import { expect, it } from "vitest";
import { QuoteSearch } from "./quote-search.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Byte by byte, as the JSON grammar says it. */
function closingByGrammar(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at += bytes[at] === BACKSLASH ? 2 : 1) if (bytes[at] === QUOTE) return at;
  return -1;
}

const anyByte = fc.oneof(
  fc.constantFrom(QUOTE, BACKSLASH, 0x23, 0xa2),
  fc.integer({ min: 0, max: 255 }),
  fc.constant(0x61),
);

it("finds what the grammar finds, wherever the bytes begin in their buffer", () => {
  const pieces = fc.array(
    fc.oneof(
      fc.array(anyByte, { maxLength: 40 }),
      fc.nat(600).map((n) => new Array(n).fill(0x61)),
    ),
    {
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(pieces, fc.nat(7), fc.nat(50), fc.nat(3000), (parts, shift, from, end) => {
      const content = parts.flat();
      const view = new Uint8Array(new ArrayBuffer(shift + content.length + 3), shift, content.length);
      view.set(content);
      const until = Math.min(end, content.length);
      const start = Math.min(from, until);

      expect(new QuoteSearch(view).closing(start, until)).toBe(closingByGrammar(view, start, until));
    }),
    { numRuns: 2000 },
  );
});

it("finds a quote far away", () => {
  const view = new Uint8Array(10_000).fill(0x61);
  view[9_000] = QUOTE;

  expect(new QuoteSearch(view).closing(3, 10_000)).toBe(9_000);
  expect(new QuoteSearch(view).closing(3, 9_000)).toBe(-1);
});
