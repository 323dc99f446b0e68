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
}

/** Number of differing lines beyond which the middle is shown as replaced; bounds time and memory. */
const EDITS_MAX = 1_000;

/** Computes the shortest line edit from one text to the other (Myers), as hunks for unified and side-by-side views. */
export function diffLines(before: string, after: string, contextLines = 3): LineDiff {
  const a = splitLines(before);
  const b = splitLines(after);
  const rows = pairUp(editScript(a, b), a, b);
  const addedLines = rows.filter((row) => row.kind === "added" || row.kind === "changed").length;
  const removedLines = rows.filter((row) => row.kind === "removed" || row.kind === "changed").length;
  return { hunks: cutHunks(rows, contextLines), addedLines, removedLines };
}

function splitLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Pairs of equal lines, in order. */
type Match = [oldIndex: number, newIndex: number];

function editScript(a: readonly string[], b: readonly string[]): Match[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const middle = shortestEdit(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return [
    ...Array.from({ length: start }, (_, i): Match => [i, i]),
    ...middle.map(([i, j]): Match => [i + start, j + start]),
    ...Array.from({ length: end }, (_, i): Match => [a.length - end + i, b.length - end + i]),
  ];
}

function shortestEdit(a: readonly string[], b: readonly string[]): Match[] {
  if (a.length === 0 || b.length === 0) return [];
  const limit = Math.min(a.length + b.length, EDITS_MAX);
  const furthest = new Int32Array(2 * limit + 3);
  const middle = limit + 1;
  const trace: Int32Array[] = [];
  for (let d = 0; d <= limit; d++) {
    trace.push(furthest.slice(middle - d - 1, middle + d + 2));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(furthest, middle + k - 1) < at(furthest, middle + k + 1));
      let x = down ? at(furthest, middle + k + 1) : at(furthest, middle + k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest[middle + k] = x;
      if (x >= a.length && x - k >= b.length) return walkBack(trace, a.length, b.length);
    }
  }
  return [];
}

const at = (values: Int32Array, index: number): number => values[index] ?? 0;

function walkBack(trace: readonly Int32Array[], oldLength: number, newLength: number): Match[] {
  const matches: Match[] = [];
  let x = oldLength;
  let y = newLength;
  for (let d = trace.length - 1; d >= 0; d--) {
    const furthest = trace[d] ?? new Int32Array(0);
    const value = (diagonal: number) => at(furthest, diagonal + d + 1);
    const k = x - y;
    const down = k === -d || (k !== d && value(k - 1) < value(k + 1));
    const previousX = d === 0 ? 0 : value(down ? k + 1 : k - 1);
    const previousY = d === 0 ? 0 : previousX - (down ? k + 1 : k - 1);
    while (x > previousX && y > previousY) matches.push([--x, --y]);
    x = previousX;
    y = previousY;
  }
  return matches.reverse();
}

/** Pairs removed and added lines between two equal lines as changed rows. */
function pairUp(matches: readonly Match[], a: readonly string[], b: readonly string[]): DiffRow[] {
  const rows: DiffRow[] = [];
  let i = 0;
  let j = 0;
  for (const [matchI, matchJ] of [...matches, [a.length, b.length] satisfies Match]) {
    while (i < matchI || j < matchJ) {
      const oldIndex = i < matchI ? i++ : null;
      const newIndex = j < matchJ ? j++ : null;
      const kind = oldIndex === null ? "added" : newIndex === null ? "removed" : "changed";
      rows.push(rowOf(kind, oldIndex, newIndex, a, b));
    }
    if (matchI < a.length && matchJ < b.length) rows.push(rowOf("same", i++, j++, a, b));
  }
  return rows;
}

function rowOf(
  kind: DiffRow["kind"],
  oldIndex: number | null,
  newIndex: number | null,
  a: readonly string[],
  b: readonly string[],
): DiffRow {
  return {
    kind,
    oldLine: oldIndex === null ? null : oldIndex + 1,
    newLine: newIndex === null ? null : newIndex + 1,
    oldText: oldIndex === null ? null : (a[oldIndex] ?? null),
    newText: newIndex === null ? null : (b[newIndex] ?? null),
  };
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
