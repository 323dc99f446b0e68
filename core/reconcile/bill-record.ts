/** Token classes of a bill, in the order they are shown. `other`: what is billed and is no token and no search. */
export const BILL_CLASSES = [
  "input",
  "cacheWrite5m",
  "cacheWrite1h",
  "cacheRead",
  "output",
  "webSearch",
  "other",
] as const;

export type BillClass = (typeof BILL_CLASSES)[number];

/** Which of the provider's two reports it is: what was used, or what it cost. */
export type ReportKind = "usage" | "cost";

/** What one report says of one day (UTC), model, token class, workspace and tier. */
export interface BillRecord {
  day: string;
  /** As the report spells it. Null: the report names none, as for web searches. */
  model: string | null;
  tokenClass: BillClass;
  /** Null: the organisation's default workspace. */
  workspace: string | null;
  /** Billed as a batch. Null: the report does not say. */
  batch: boolean | null;
  /** Tokens or searches. Null in a cost report. */
  count: bigint | null;
  /** Null in a usage report. */
  amountNanoUsd: bigint | null;
  /** The most that the amount may be off, because the report rounds its lines. */
  slackNanoUsd: bigint;
}

/** A report that was read whole. */
export interface BillReport {
  kind: ReportKind;
  format: "json" | "csv";
  records: readonly BillRecord[];
  /** Days that the report covers, in order, those without traffic too. */
  days: readonly string[];
  /** Whether the last page says that more follow. */
  hasMore: boolean;
}

/** What is wrong with a report, at a line of the file or a path into its JSON. */
export interface ReportProblem {
  place: string;
  message: string;
}

export type ParsedReport = { ok: true; report: BillReport } | { ok: false; problems: readonly ReportProblem[] };

/** One line of a report, before lines of one key are added up. */
export interface ReportLine extends Omit<BillRecord, "slackNanoUsd"> {
  /** Decimals of the amount in dollars, as the report writes it; 0 in a usage report. */
  decimals: number;
}

/** Adds up the lines of one key. All amounts of a report are rounded alike: to the finest decimal that one of them has. */
export function sumLines(lines: readonly ReportLine[]): BillRecord[] {
  const decimals = lines.reduce((most, line) => Math.max(most, line.decimals), 0);
  // Half of the last decimal for each line, rounded up. Nine decimals and more are whole nano-dollars.
  const slackOfLine = decimals >= 9 ? 1n : (10n ** BigInt(9 - decimals) + 1n) / 2n;
  const sums = new Map<string, BillRecord>();
  for (const { decimals: _decimals, ...line } of lines) {
    const key = JSON.stringify([line.day, line.model, line.tokenClass, line.workspace, line.batch]);
    const slackNanoUsd = line.amountNanoUsd === null ? 0n : slackOfLine;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { ...line, slackNanoUsd });
    else {
      if (sum.count !== null) sum.count += line.count ?? 0n;
      if (sum.amountNanoUsd !== null) sum.amountNanoUsd += line.amountNanoUsd ?? 0n;
      sum.slackNanoUsd += slackNanoUsd;
    }
  }
  return [...sums.values()];
}

/**
 * Reads a decimal number of a unit that is `nanoPerUnit` nano-dollars. It is exact, and rounded half away from zero where
 * it is finer than a nano-dollar. Null for what is no plain decimal number.
 */
export function parseAmount(text: string, nanoPerUnit: bigint): { nanoUsd: bigint; decimals: number } | null {
  const found = /^(-?)(\d{1,15})(?:\.(\d{1,40}))?$/.exec(text.trim());
  if (found === null) return null;
  const [, sign, whole = "0", decimals = ""] = found;
  const scale = 10n ** BigInt(decimals.length);
  const magnitude = (BigInt(whole + decimals) * nanoPerUnit * 2n + scale) / (scale * 2n);
  return { nanoUsd: sign === "-" ? -magnitude : magnitude, decimals: decimals.length };
}
