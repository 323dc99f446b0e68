import { deriveMoney, type Money, type MoneySums, mergeMoney, noMoney } from "#core/costs/known-money.ts";
import { AppError } from "#core/errors.ts";

/**
 * Figures of the statistics endpoints and `/metrics`, kept in memory so that no response waits for a query. Model
 * requests only (messages and batches). Counts and tokens are numbers; money is nano-dollars, null where it is not known.
 */
export interface LedgerStats {
  /** 0 before the database has been read: nothing is known then, and no figure below says anything. */
  asOfMs: number;
  /** Size of the database on its disk; null while it is not known. */
  databaseBytes: number | null;
  /** When the newest backup was made, by any instance or by hand. Null for none, and while it is not known. */
  lastBackupMs: number | null;
  totals: StatsTotals;
  /** Only requests that were really served by another model. Most used first. */
  overridesByPair: OverridePair[];
  /** Most expensive first; beyond the first few hundred they are summed up as "(other)". */
  byProject: (StatsSums & { project: string })[];
  /** By served model, most expensive first. */
  byModel: (StatsSums & { model: string })[];
  /** Days of the reporting zone, oldest first, the last 366 that had traffic. */
  byDay: { day: string; requests: number; money: Money }[];
  /** The last 24 hours and the 24 hours before them, to the quarter-hour. */
  windows: { all: StatsWindows; byProject: (StatsWindows & { project: string })[] };
}

/** Whether the database has been read: before that no figure says anything. */
export const isRead = ({ asOfMs }: Pick<LedgerStats, "asOfMs">): boolean => asOfMs !== 0;

/** The figures; a refusal before the database has been read, because unknown is not zero. */
export function knownStats({ ledger }: { ledger: { stats(): LedgerStats } }): LedgerStats {
  const stats = ledger.stats();
  if (!isRead(stats)) throw new AppError("database.away");
  return stats;
}

/** Requests for one model that were served by another one. */
export interface OverridePair {
  requestedModel: string;
  servedModel: string;
  count: number;
  /** Of those, the ones whose saving is not known, because a price is missing. Subscription traffic has none to know. */
  unpriced: number;
  /** Of those, the metered ones that a provider's model answered. */
  answered: number;
  /** Sums, not figures: those of several pairs are added before it is decided what is known. */
  money: MoneySums;
}

/** What rules saved with these pairs; null where it is not known. */
export function savingOfPairs(pairs: readonly Pick<OverridePair, "money">[]): Money["saved"] {
  const sums = noMoney();
  for (const { money } of pairs) mergeMoney(sums, money);
  return deriveMoney(sums).saved;
}

export interface StatsSums {
  requests: number;
  errors: number;
  overrides: number;
  /** All tokens the models read: input, cache writes and cache reads. */
  promptTokens: number;
  outputTokens: number;
  money: Money;
  /** Requests whose cost is not known: in no amount. */
  unpriced: number;
  /** Of those, the ones of subscription traffic: missing in the plan value, not in the cost. */
  planUnpriced: number;
  /** The part of the cost that corrections added, in nano-dollars. */
  corrected: bigint;
  /** Sum, for averages. */
  durationMs: number;
  /** The end of the latest request; 0 when there was none. */
  lastAtMs: number;
}

export interface StatsTotals extends StatsSums {
  fallbacks: number;
  skips: number;
  cancelled: number;
  truncated: number;
  /** Figures of the response cache, at every endpoint: it also serves what is not a model request. */
  cacheHits: number;
  cacheMisses: number;
  cacheBypasses: number;
  estimated: number;
  ttfbMs: number;
  ttfbCount: number;
}

interface StatsWindows {
  current: StatsSums;
  previous: StatsSums;
}

export const emptySums = (): StatsSums => ({
  requests: 0,
  errors: 0,
  overrides: 0,
  promptTokens: 0,
  outputTokens: 0,
  money: deriveMoney(noMoney()),
  unpriced: 0,
  planUnpriced: 0,
  corrected: 0n,
  durationMs: 0,
  lastAtMs: 0,
});

export const emptyTotals = (): StatsTotals => ({
  ...emptySums(),
  fallbacks: 0,
  skips: 0,
  cancelled: 0,
  truncated: 0,
  cacheHits: 0,
  cacheMisses: 0,
  cacheBypasses: 0,
  estimated: 0,
  ttfbMs: 0,
  ttfbCount: 0,
});

/** Figures before the ledger's thread has sent any. */
export const emptyStats = (): LedgerStats => ({
  asOfMs: 0,
  databaseBytes: null,
  lastBackupMs: null,
  totals: emptyTotals(),
  overridesByPair: [],
  byProject: [],
  byModel: [],
  byDay: [],
  windows: { all: { current: emptySums(), previous: emptySums() }, byProject: [] },
});
