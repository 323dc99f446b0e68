import { diffArrays } from "diff";

/** One row of a side-by-side view. A changed row has both sides. */
export interface DiffRow {
  kind: "same" | "removed" | "added" | "changed";
  oldLine: number | null;
  newLine: number | null;
  oldText: string | null;
  newText: string | null;
}

/** Hunk of differing lines with the unchanged lines around them. */
export interface DiffHunk {
  oldStart: number;
  newStart: number;
  rows: DiffRow[];
}

export interface LineDiff {
  hunks: DiffHunk[];
  addedLines: number;
  removedLines: number;
  /** Rows after those of the hunks, which are not shown. */
  leftOutRows: number;
}

interface DiffBounds {
  /** Unchanged lines shown around a change. */
  contextLines?: number;
  rowsMax?: number;
}

/** Number of differing lines beyond which the middle is shown as replaced; bounds time and memory. */
const EDITS_MAX = 1_000;

/** Computes the shortest line edit from one text to the other (Myers), as hunks for unified and side-by-side views. */
export function diffLines(
  before: string,
  after: string,
  { contextLines = 3, rowsMax = Number.MAX_SAFE_INTEGER }: DiffBounds = {},
): LineDiff {
  const rows = pairUp(findParts(splitLines(before), splitLines(after)));
  const addedLines = rows.filter((row) => row.kind === "added" || row.kind === "changed").length;
  const removedLines = rows.filter((row) => row.kind === "removed" || row.kind === "changed").length;
  return { ...firstRows(cutHunks(rows, contextLines), rowsMax), addedLines, removedLines };
}

function firstRows(hunks: readonly DiffHunk[], rowsMax: number): Pick<LineDiff, "hunks" | "leftOutRows"> {
  const shown: DiffHunk[] = [];
  let room = rowsMax;
  let leftOutRows = 0;
  for (const hunk of hunks) {
    const rows = hunk.rows.slice(0, room);
    if (rows.length > 0) shown.push({ ...hunk, rows });
    room -= rows.length;
    leftOutRows += hunk.rows.length - rows.length;
  }
  return { hunks: shown, leftOutRows };
}

function splitLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Run of lines that one or both texts have. */
interface Part {
  value: readonly string[];
  added?: boolean;
  removed?: boolean;
}

/**
 * Splits both texts into parts. Common first and last lines are set apart before the comparison: of several shortest
 * edits it then finds the one that stays closest to where the texts differ, and so do two comparisons with one base.
 */
function findParts(a: readonly string[], b: readonly string[]): Part[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [oldMiddle, newMiddle] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const middle: Part[] = diffArrays(oldMiddle, newMiddle, { maxEditLength: EDITS_MAX }) ?? [
    { value: oldMiddle, removed: true },
    { value: newMiddle, added: true },
  ];
  return [{ value: a.slice(0, start) }, ...middle, { value: a.slice(a.length - end) }];
}

/** Numbers the lines, and pairs removed and added lines between two equal lines as changed rows. */
function pairUp(parts: readonly Part[]): DiffRow[] {
  const rows: DiffRow[] = [];
  let [removed, added]: [readonly string[], readonly string[]] = [[], []];
  let [oldLine, newLine] = [1, 1];
  const flush = () => {
    for (let i = 0; i < Math.max(removed.length, added.length); i++) {
      const [oldText = null, newText = null] = [removed[i], added[i]];
      const kind = oldText === null ? "added" : newText === null ? "removed" : "changed";
      const numbers = {
        oldLine: oldText === null ? null : oldLine++,
        newLine: newText === null ? null : newLine++,
      };
      rows.push({ kind, ...numbers, oldText, newText });
    }
    [removed, added] = [[], []];
  };
  for (const part of parts) {
    if (part.removed) removed = [...removed, ...part.value];
    else if (part.added) added = [...added, ...part.value];
    else {
      flush();
      for (const text of part.value)
        rows.push({ kind: "same", oldLine: oldLine++, newLine: newLine++, oldText: text, newText: text });
    }
  }
  return rows;
}

function cutHunks(rows: readonly DiffRow[], contextLines: number): DiffHunk[] {
  const isShown = markShown(rows, Math.min(contextLines, rows.length));
  const hunks: DiffHunk[] = [];
  let open: DiffHunk | null = null;
  let oldStart = 1;
  let newStart = 1;
  rows.forEach((row, index) => {
    if (!isShown[index]) open = null;
    else if (open) open.rows.push(row);
    else {
      open = { oldStart, newStart, rows: [row] };
      hunks.push(open);
    }
    if (row.oldLine !== null) oldStart++;
    if (row.newLine !== null) newStart++;
  });
  return hunks;
}

function markShown(rows: readonly DiffRow[], contextLines: number): Uint8Array {
  const isShown = new Uint8Array(rows.length);
  let shownTo = 0;
  rows.forEach((row, index) => {
    if (row.kind === "same") return;
    const end = Math.min(rows.length, index + contextLines + 1);
    isShown.fill(1, Math.max(shownTo, index - contextLines, 0), end);
    shownTo = end;
  });
  return isShown;
}
