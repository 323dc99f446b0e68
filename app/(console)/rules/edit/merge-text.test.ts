import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeText } from "./merge-text.ts";

const base = "a\nb\nc\nd\ne\n";

describe("mergeText", () => {
  it("merges changes in different places", () => {
    const merged = mergeText(base, "a\nB\nc\nd\ne\n", "a\nb\nc\nd\ne\nf\n", "Grace (v43)");

    expect(merged).toEqual({ text: "a\nB\nc\nd\ne\nf\n", conflicts: 0 });
  });

  it("keeps our line and adds theirs as a comment when both changed it", () => {
    const merged = mergeText(base, "a\nb\nours\nd\ne\n", "a\nb\ntheirs\nd\ne\n", "Grace (v43)");

    expect(merged.conflicts).toBe(1);
    expect(merged.text).toBe("a\nb\n# Grace (v43) wrote here:\n# theirs\n# yours:\nours\nd\ne\n");
  });

  it("merges a change once when both made it", () => {
    expect(mergeText(base, "a\nX\nc\nd\ne\n", "a\nX\nc\nd\ne\n", "x")).toEqual({
      text: "a\nX\nc\nd\ne\n",
      conflicts: 0,
    });
  });

  it("returns the other text unchanged when one side changed nothing", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "", "[[rule]]"), { maxLength: 12 })
      .map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (from, to) => {
        expect(mergeText(from, to, from, "x")).toEqual({ text: to, conflicts: 0 });
        expect(mergeText(from, from, to, "x")).toEqual({ text: to, conflicts: 0 });
      }),
    );
  });

  it("loses no line of either side", () => {
    const written = (name: string) => fc.array(fc.nat({ max: 6 }), { maxLength: 3 }).map((at) => ({ at, name }));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "b"), { maxLength: 6 }),
        written("ours"),
        written("theirs"),
        (from, ours, theirs) => {
          const withLines = ({ at, name }: { at: number[]; name: string }) =>
            at
              .reduce((lines, place, index) => lines.toSpliced(place, 0, `${name} ${index}`), [...from] as string[])
              .join("\n");

          const { text } = mergeText(from.join("\n"), withLines(ours), withLines(theirs), "x");

          for (const { at, name } of [ours, theirs]) {
            for (const index of at.keys()) expect(text).toContain(`${name} ${index}`);
          }
        },
      ),
    );
  });
});
