import { formatPercent } from "#core/report/format.ts";
import type { FiringView } from "./queries.ts";

/** A part of a whole, as a bar. */
export interface Share {
  label: string;
  percent: string;
  /** "18 of 611 requests". */
  text: string;
  /** Length of the bar, 0 to 1. */
  length: number;
}

/** "18 of 611", "$3,450.40 of $4,600.00": the numbers of an alert are kept as the words that were sent. */
const PART_OF_WHOLE = /\$?([\d,]+(?:\.\d+)?) of \$?([\d,]+(?:\.\d+)?)/;

/**
 * The shares among the evidence of a firing, to compare by eye: one of them against its whole, several against the
 * largest. Where the evidence has none, the value of the alert is looked at.
 */
export function sharesOf({ evidence, value, name }: Pick<FiringView, "evidence" | "value" | "name">): Share[] {
  const inEvidence = evidence.flatMap(({ label, text }) => shareIn(label, text));
  const found = inEvidence.length > 0 ? inEvidence : shareIn(name, value);
  const largest = found.length > 1 ? Math.max(...found.map(({ ratio }) => ratio)) : 1;
  return found.map(({ ratio, ...share }) => ({ ...share, length: largest === 0 ? 0 : Math.min(1, ratio / largest) }));
}

function shareIn(label: string, text: string): (Omit<Share, "length"> & { ratio: number })[] {
  const found = PART_OF_WHOLE.exec(text);
  if (found === null) return [];
  const [part, whole] = [numberIn(found[1]), numberIn(found[2])];
  if (whole === 0) return [];
  return [{ label, text: text.slice(found.index), percent: formatPercent(part / whole), ratio: part / whole }];
}

const numberIn = (text = ""): number => Number(text.replaceAll(",", ""));
