import type { OpenBatches } from "../batches/open-batches.ts";
import { formatMoney } from "../report/format.ts";
import { formatCounted } from "../report/plural.ts";
import { addMonths } from "../time/instant.ts";
import { dayLabel } from "../time/range.ts";

/** Money of a month in nano-dollars as text; null is not known. */
export interface MonthMoney {
  costNanoUsd: string | null;
  savedNanoUsd: string | null;
  avoidedNanoUsd: string | null;
  planValueNanoUsd: string | null;
  requests: number;
  unpriced: number;
}

/** Something that came after a month was closed, and changed what it costs. */
interface MonthPart {
  count: number;
  nanoUsd: string;
  planNanoUsd: string;
}

export interface MonthCloseView extends MonthMoney {
  number: number;
  at: string;
  actorName: string;
  tokenName: string | null;
  comment: string;
  zone: string;
  priceVersion: string;
  /** Set where it was opened again since. */
  reopened: { at: string; actorName: string; comment: string } | null;
}

/** What came since a close. The parts add up to the month's cost now less the closed one, to the nano-dollar. */
export interface SinceClose {
  corrections: MonthPart;
  /** Results of batches that were fetched later. */
  batches: MonthPart;
  /** Other requests that were recorded later. */
  late: MonthPart;
  nanoUsd: string;
  planNanoUsd: string;
}

export interface MonthView {
  /** `2026-10` */
  month: string;
  /** "October 2026" */
  label: string;
  /** Its days as the address of a page names them. */
  range: string;
  state: "under way" | "open" | "closed";
  zone: string;
  now: MonthMoney;
  /** The close in force; null while the month is open. */
  close: MonthCloseView | null;
  since: SinceClose | null;
  /** Whole days that stand beside the same weekday of the month before, and what both cost; null without any. */
  compared: { label: string; days: number; costNanoUsd: string | null; previousCostNanoUsd: string | null } | null;
  /** What keeps the month from being complete, each with whether it is in order. */
  checks: MonthCheck[];
  /** Every close, newest first. */
  history: MonthCloseView[];
}

interface MonthCheck {
  name: "over" | "priced" | "batches";
  isOk: boolean;
  text: string;
}

const names = "January February March April May June July August September October November December".split(" ");

/** "October 2026" */
export const monthName = (month: string): string =>
  `${names[Number(month.slice(5, 7)) - 1] ?? month} ${month.slice(0, 4)}`;

/** The month as one sentence: "October 2026 closed by Fina on 3 Nov 2026, $12,345.67, prices 2026-10-02; 3 corrections since". */
export function monthSentence({ label, state, close, since, now }: MonthView): string {
  if (state === "under way") return `${label} is under way, ${formatMoney(now.costNanoUsd)} so far`;
  if (close === null) return `${label} is open, ${formatMoney(now.costNanoUsd)}`;
  const day = dayLabel(close.at.slice(0, 10), "");
  const closed = `${label} closed by ${close.actorName} on ${day}, ${formatMoney(close.costNanoUsd)}, prices ${close.priceVersion}`;
  const later = since === null ? [] : listSince(since);
  return later.length === 0 ? closed : `${closed}; ${later.join(", ")} since`;
}

/** What came since a close, in words: "3 corrections", "12 batch results", "1 late request". */
function listSince({ corrections, batches, late }: SinceClose): string[] {
  return [
    ...(corrections.count > 0 ? [formatCounted(corrections.count, "correction")] : []),
    ...(batches.count > 0 ? [formatCounted(batches.count, "batch result")] : []),
    ...(late.count > 0 ? [formatCounted(late.count, "late request")] : []),
  ];
}

/** What is asked of a month before it is closed. */
export function checkMonth(of: {
  isOver: boolean;
  lastDay: string;
  unpriced: number;
  openBatches: OpenBatches;
}): MonthCheck[] {
  const batches = of.openBatches.pending + of.openBatches.unfetched;
  return [
    {
      name: "over",
      isOk: of.isOver,
      text: of.isOver ? "The month is over" : `The month ends with ${dayLabel(of.lastDay, "")}`,
    },
    {
      name: "priced",
      isOk: of.unpriced === 0,
      text: of.unpriced === 0 ? "Every request has a price" : `${formatCounted(of.unpriced, "request")} unpriced`,
    },
    {
      name: "batches",
      isOk: batches === 0,
      text: batches === 0 ? "No batch is open" : `${formatCounted(batches, "batch", "batches")} not in the books yet`,
    },
  ];
}

/** The month that a range is: a whole one, or the days of one so far. Null for any other range. */
export function findMonth({ text, from, to }: { text: string; from: string; to: string }): string | null {
  if (!from.endsWith("-01")) return null;
  return text === "mtd" || addMonths(from, 1) === to ? from.slice(0, 7) : null;
}
