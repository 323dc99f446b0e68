import { diffLines } from "#core/rules/line-diff.ts";

interface Merged {
  text: string;
  /** Places both sides changed differently: ours stands, theirs is kept above it as comments. */
  conflicts: number;
}

/**
 * Our change carried over onto their text, line by line. Where both changed the same lines, ours stands and theirs is put
 * above it as comments, so that nothing is lost and the result is still a text of rules.
 */
export function mergeText(base: string, ours: string, theirs: string, theirName: string): Merged {
  const [baseLines, ourLines, theirLines] = [base, ours, theirs].map((text) => text.split("\n"));
  if (!baseLines || !ourLines || !theirLines) return { text: ours, conflicts: 0 };
  const inOurs = findPartners(base, ours);
  const inTheirs = findPartners(base, theirs);
  const merged: string[] = [];
  let conflicts = 0;
  let [b, o, t] = [0, 0, 0];
  for (;;) {
    const stable = nextStable(b, baseLines.length, o, t, inOurs, inTheirs);
    const parts = {
      base: baseLines.slice(b, stable.b),
      ours: ourLines.slice(o, stable.o ?? ourLines.length),
      theirs: theirLines.slice(t, stable.t ?? theirLines.length),
    };
    const chosen = choose(parts, theirName);
    merged.push(...chosen.lines);
    if (chosen.isConflict) conflicts += 1;
    if (stable.o === null || stable.t === null) break;
    merged.push(baseLines[stable.b] ?? "");
    [b, o, t] = [stable.b + 1, stable.o + 1, stable.t + 1];
  }
  return { text: merged.join("\n"), conflicts };
}

/** For each line of the base its line in the other text, if it is still there. */
function findPartners(base: string, other: string): Map<number, number> {
  const partners = new Map<number, number>();
  // One extra line: the end of both texts counts as a line.
  const { hunks } = diffLines(`${base}\n`, `${other}\n`, { contextLines: Number.MAX_SAFE_INTEGER });
  if (hunks.length === 0) return new Map(base.split("\n").map((_, line) => [line, line]));
  for (const row of hunks.flatMap((hunk) => hunk.rows)) {
    if (row.kind === "same" && row.oldLine !== null && row.newLine !== null)
      partners.set(row.oldLine - 1, row.newLine - 1);
  }
  return partners;
}

/** Next line of the base that both texts contain; nulls at the end. */
function nextStable(
  from: number,
  end: number,
  o: number,
  t: number,
  inOurs: ReadonlyMap<number, number>,
  inTheirs: ReadonlyMap<number, number>,
): { b: number; o: number | null; t: number | null } {
  for (let b = from; b < end; b += 1) {
    const ours = inOurs.get(b);
    const theirs = inTheirs.get(b);
    if (ours !== undefined && theirs !== undefined && ours >= o && theirs >= t) return { b, o: ours, t: theirs };
  }
  return { b: end, o: null, t: null };
}

interface Parts {
  base: string[];
  ours: string[];
  theirs: string[];
}

function choose({ base, ours, theirs }: Parts, theirName: string): { lines: string[]; isConflict: boolean } {
  if (isSame(base, ours) || isSame(ours, theirs)) return { lines: theirs, isConflict: false };
  if (isSame(base, theirs)) return { lines: ours, isConflict: false };
  const commented = theirs.map((line) => (line.trim() === "" ? "#" : `# ${line}`));
  return { lines: [`# ${theirName} wrote here:`, ...commented, "# yours:", ...ours], isConflict: true };
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, index) => line === b[index]);
