import fc from "fast-check";
import { expect, it } from "vitest";
import { LineSplitter } from "./line-splitter.ts";

const MAX = 8;

it("finds the lines of any chunks as a split of the whole does, and drops those over the limit", () => {
  const part = fc.constantFrom("a", "bc", "\n", "defghi", "\n\n", "0123456789");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), fc.array(fc.nat({ max: 12 })), (parts, cuts) => {
      const whole = parts.join("");
      const found: (string | null)[] = [];
      const splitter = new LineSplitter(MAX, {
        line: (bytes) => void found.push(bytes.toString()),
        tooLong: () => void found.push(null),
      });
      let rest = Buffer.from(whole);
      for (const size of cuts) {
        splitter.push(rest.subarray(0, size));
        rest = rest.subarray(size);
      }
      splitter.push(rest);
      splitter.end();

      const lines = whole.split("\n").map((line) => (line.length > MAX ? null : line));
      if (lines.at(-1) === "") lines.pop();
      expect(found).toEqual(lines);
    }),
  );
});
