import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DiffRow, diffLines } from "./line-diff.ts";

const sides = (rows: DiffRow[]) => rows.map((row) => `${row.kind[0]}|${row.oldText ?? ""}|${row.newText ?? ""}`);

describe("a line diff", () => {
  it("sets a changed line beside what it was, with unchanged lines around it", () => {
    const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    const diff = diffLines(before, before.replace("5", "five"), { contextLines: 1 });

    expect(diff.hunks).toHaveLength(1);
    expect(diff.hunks[0]).toMatchObject({ oldStart: 4, newStart: 4 });
    expect(sides(diff.hunks[0]?.rows ?? [])).toEqual(["s|4|4", "c|5|five", "s|6|6"]);
    expect([diff.addedLines, diff.removedLines]).toEqual([1, 1]);
  });

  it("keeps distant changes in separate hunks", () => {
    const before = Array.from({ length: 40 }, (_, i) => `${i + 1}`).join("\n");
    const diff = diffLines(before, before.replace("\n5\n", "\n5\nnew\n").replace("\n35\n", "\n"), { contextLines: 2 });

    expect(diff.hunks.map(({ oldStart, newStart }) => [oldStart, newStart])).toEqual([
      [4, 4],
      [33, 34],
    ]);
    expect([diff.addedLines, diff.removedLines]).toEqual([1, 1]);
  });

  it("finds no difference between equal texts with other line ends", () => {
    expect(diffLines("a\r\nb\r\n", "a\nb").hunks).toEqual([]);
  });

  it("rebuilds both texts, and is as short as the best edit", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 14 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [before, after] = [`${a.join("\n")}\n`, `${b.join("\n")}\n`];
        const diff = diffLines(before, after, { contextLines: 100 });
        const rows = diff.hunks.flatMap((hunk) => hunk.rows);
        fc.pre(before !== after);
        expect(`${rows.flatMap((row) => row.oldText ?? []).join("\n")}\n`).toBe(before);
        expect(`${rows.flatMap((row) => row.newText ?? []).join("\n")}\n`).toBe(after);
        const lines = (side: string[]) => (side.length === 0 ? [""] : side);
        const kept = longestCommon(lines(a), lines(b));
        expect(diff.removedLines).toBe(lines(a).length - kept);
        expect(diff.addedLines).toBe(lines(b).length - kept);
      }),
      { numRuns: 500 },
    );
  });

  it("replaces one large text by another that shares no line with it", () => {
    const side = (word: string) => Array.from({ length: 20_000 }, (_, i) => `${word} ${i}`).join("\n");

    const diff = diffLines(side("old"), side("new"));

    expect([diff.addedLines, diff.removedLines]).toEqual([20_000, 20_000]);
  });
});

function longestCommon(a: string[], b: string[]): number {
  let last = new Array<number>(b.length + 1).fill(0);
  for (const line of a) {
    const row = [0];
    b.forEach((other, j) => {
      row.push(line === other ? (last[j] ?? 0) + 1 : Math.max(last[j + 1] ?? 0, row[j] ?? 0));
    });
    last = row;
  }
  return last[b.length] ?? 0;
}
