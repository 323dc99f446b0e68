import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoteSearch } from "./quote-search.ts";
import { WordQuoteSearch } from "./quote-search-words.ts";

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

describe.each([
  ["with SIMD", quoteSearch],
  ["without", (bytes: Uint8Array) => new WordQuoteSearch(bytes)],
])("the search %s", (_name, search) => {
  it("finds what the grammar finds, wherever the bytes begin in their buffer", () => {
    const pieces = fc.array(
      fc.oneof(
        fc.array(anyByte, { maxLength: 40 }),
        fc.nat(600).map((n) => new Array(n).fill(0x61)),
        fc.nat(150).map((n) => new Array(n).fill(BACKSLASH)),
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

        expect(search(view).closing(start, until)).toBe(closingByGrammar(view, start, until));
      }),
      { numRuns: 2000 },
    );
  });

  it("finds a quote far away", () => {
    const view = new Uint8Array(10_000).fill(0x61);
    view[9_000] = QUOTE;

    expect(search(view).closing(3, 10_000)).toBe(9_000);
    expect(search(view).closing(3, 9_000)).toBe(-1);
  });

  it("finds a quote beyond any window, with any bytes at the windows' edges", () => {
    for (const backslashes of [0, 1, 2, 3, 64, 65])
      for (const edge of [65_536, 131_072])
        for (let shift = -backslashes - 2; shift <= 2; shift++) {
          const view = new Uint8Array(200_000).fill(0x61);
          const quote = 3 + edge + shift + backslashes;
          view.fill(BACKSLASH, quote - backslashes, quote);
          view[quote] = QUOTE;
          view[199_999] = QUOTE;

          expect(search(view).closing(3, 200_000)).toBe(closingByGrammar(view, 3, 200_000));
        }
  });

  it("keeps searches apart that take turns", () => {
    const first = new Uint8Array(100_000).fill(0x61);
    const second = new Uint8Array(100_000).fill(0x61);
    for (const at of [10, 500, 70_000]) first[at] = QUOTE;
    for (const at of [20, 501, 80_000]) second[at] = QUOTE;
    const searches = [search(first), search(second)];

    expect(searches.map((each) => each.closing(0, 100_000))).toEqual([10, 20]);
    expect(searches.map((each) => each.closing(30, 100_000))).toEqual([500, 501]);
    expect(searches.map((each) => each.closing(600, 100_000))).toEqual([70_000, 80_000]);
    expect(searches.map((each) => each.closing(0, 100_000))).toEqual([10, 20]);
  });
});
