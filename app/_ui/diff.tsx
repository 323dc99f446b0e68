import { formatCounted } from "#core/report/plural.ts";
import type { DiffHunk, DiffRow, LineDiff } from "#core/rules/line-diff.ts";

const FRAME = "overflow-x-auto rounded-md border border-line bg-surface";

/** Changed lines of a text with context, in one or two columns. Signs repeat the meaning of the colours. */
export function Diff({ diff, sideBySide }: { diff: LineDiff; sideBySide?: boolean }) {
  if (diff.hunks.length === 0) return <p className="text-ink2">The texts are the same, letter by letter.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section aria-label="Changed lines" tabIndex={0} className={FRAME}>
      <table className="w-full border-collapse font-mono text-xs leading-5">
        <caption className="sr-only">
          {formatCounted(diff.addedLines, "line")} added, {diff.removedLines} removed
        </caption>
        {diff.hunks.map((hunk) => (
          <tbody key={`${hunk.oldStart}-${hunk.newStart}`}>
            <tr>
              <td colSpan={4} className="bg-sunken px-2 text-2xs leading-5 text-ink3">
                line {hunk.newStart}
              </td>
            </tr>
            {sideBySide ? <SideBySideRows hunk={hunk} /> : <UnifiedRows hunk={hunk} />}
          </tbody>
        ))}
      </table>
      {diff.leftOutRows > 0 ? (
        <p className="px-3 py-1 text-xs text-ink3">{formatCounted(diff.leftOutRows, "more line")} not shown.</p>
      ) : null}
    </section>
  );
}

const looks = { removed: "bg-dangersoft", added: "bg-savedsoft", same: "", none: "bg-sunken" } as const;
type Look = keyof typeof looks;
const signs: Record<Look, string> = { removed: "−", added: "+", same: " ", none: " " };

function LineNumber({ number, look }: { number: number | null; look: Look }) {
  return (
    <td className={`tn w-10 select-none px-2 text-right align-top text-2xs leading-5 text-ink2 ${looks[look]}`}>
      {number ?? ""}
    </td>
  );
}

function Text({ text, look }: { text: string | null; look: Look }) {
  return (
    <td className={`whitespace-pre-wrap break-words pr-3 align-top ${looks[look]}`}>
      <span className="select-none pr-1.5 text-ink2">{signs[look]}</span>
      {text}
    </td>
  );
}

function SideBySideRows({ hunk }: { hunk: DiffHunk }) {
  return hunk.rows.map((row) => {
    const left: Look = row.oldText === null ? "none" : row.kind === "same" ? "same" : "removed";
    const right: Look = row.newText === null ? "none" : row.kind === "same" ? "same" : "added";
    return (
      <tr key={buildKey(row)}>
        <LineNumber number={row.oldLine} look={left} />
        <Text text={row.oldText} look={left} />
        <LineNumber number={row.newLine} look={right} />
        <Text text={row.newText} look={right} />
      </tr>
    );
  });
}

/** Orders removed lines of a run before added ones. */
function UnifiedRows({ hunk }: { hunk: DiffHunk }) {
  return inReadingOrder(hunk.rows).map(({ row, look }) => (
    <tr key={`${look} ${buildKey(row)}`}>
      <LineNumber number={look === "added" ? null : row.oldLine} look={look} />
      <LineNumber number={look === "removed" ? null : row.newLine} look={look} />
      <Text text={look === "removed" ? row.oldText : row.newText} look={look} />
    </tr>
  ));
}

function inReadingOrder(rows: readonly DiffRow[]): { row: DiffRow; look: Look }[] {
  const ordered: { row: DiffRow; look: Look }[] = [];
  let added: { row: DiffRow; look: Look }[] = [];
  for (const row of rows) {
    if (row.kind === "same") {
      ordered.push(...added, { row, look: "same" });
      added = [];
      continue;
    }
    if (row.oldText !== null) ordered.push({ row, look: "removed" });
    if (row.newText !== null) added.push({ row, look: "added" });
  }
  return [...ordered, ...added];
}

const buildKey = (row: DiffRow): string => `${row.oldLine}:${row.newLine}`;
