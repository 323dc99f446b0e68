import fc from "fast-check";
import { expect, it } from "vitest";
import { QuoteSearch } from "./quote-search.ts";

it("finds what the native search finds, wherever the bytes begin in their buffer", () => {
  const bytes = fc.array(fc.oneof(fc.constant(0x22), fc.integer({ min: 0, max: 255 }), fc.constant(0xa2)), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(bytes, fc.nat(7), fc.nat(300), fc.nat(300), (content, shift, from, end) => {
      const view = new Uint8Array(new ArrayBuffer(shift + content.length + 3), shift, content.length);
      view.set(content);
      const until = Math.min(end, content.length);
      const start = Math.min(from, until);
      const found = view.indexOf(0x22, start);

      expect(new QuoteSearch(view).next(start, until)).toBe(found < until ? found : -1);
    }),
  );
});

it("finds a quote far away", () => {
  const view = new Uint8Array(10_000).fill(0x61);
  view[9_000] = 0x22;

  expect(new QuoteSearch(view).next(3, 10_000)).toBe(9_000);
  expect(new QuoteSearch(view).next(3, 9_000)).toBe(-1);
});
