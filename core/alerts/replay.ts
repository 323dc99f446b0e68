import { knownCost } from "../costs/known-money.ts";
import { type AlertMemory, advance } from "./advance.ts";
import type { AlertFacts } from "./alert-facts.ts";
import { type AlertSettings, DAY_MS, HOUR_MS, isUnknownIn } from "./alert-kind.ts";
import { type AlertKindName, alertKinds } from "./alert-kinds.ts";
import { knownWeeks, spendWeeksBefore } from "./spend-weeks.ts";

/** Kinds whose facts of the past are recorded: in the sums by quarter-hour and the versions of the rules. */
export const replayedKinds = ["spend-anomaly", "no-overrides", "hit-rate"] as const satisfies readonly AlertKindName[];
export type ReplayedKind = (typeof replayedKinds)[number];

export const REPLAYED_DAYS = 90;
const QUARTER_MS = HOUR_MS / 4;

/** Sums of a quarter-hour. Look-ups are of every endpoint, the others of model requests; money is metered spend. */
export interface PastSums {
  requests: number;
  overrides: number;
  hits: number;
  misses: number;
  costNanoUsd: bigint;
  /** Metered requests whose cost is not known: they are in no amount. */
  unpriced: bigint;
}

/** A version of the rules, as far as alerts look at it. */
export interface PastVersion {
  number: number;
  publishedMs: number;
  isEnabled: boolean;
  enabledRules: number;
  isCacheOn: boolean;
}

/** What is known of the past. */
export interface AlertPast {
  /** By the start of the quarter-hour; those without traffic are absent. */
  quarters: ReadonlyMap<number, PastSums>;
  /** Start of the first quarter-hour ever recorded; null: nothing is recorded. */
  firstMs: number | null;
  /** Oldest first. */
  versions: readonly PastVersion[];
}

/** How often an alert would have fired. */
export interface Replay {
  fired: number;
  /** When it would have fired last; null: never. */
  lastFiredMs: number | null;
  /** Start of what was replayed: 90 days ago, or the first request. */
  fromMs: number;
  /** Instants judged, one per quarter-hour, and those of them with less than the minimum sample. */
  judged: number;
  withoutSample: number;
}

/** An hour, a quarter or a day without traffic. */
export const noSums = (): PastSums => ({
  ...{ requests: 0, overrides: 0, hits: 0, misses: 0 },
  ...{ costNanoUsd: 0n, unpriced: 0n },
});

/**
 * Judges an alert at the end of every quarter-hour of the last 90 days. It is judged as it is twice a minute from now
 * on: by the same functions, with the same hold and cool-down. `pause` is called now and then, so that a server can do
 * other work meanwhile.
 */
export async function replayAlert(
  kind: ReplayedKind,
  settings: AlertSettings,
  past: AlertPast,
  { nowMs, pause }: { nowMs: number; pause: () => Promise<unknown> },
): Promise<Replay> {
  const lastMs = Math.floor(nowMs / QUARTER_MS) * QUARTER_MS;
  const fromMs = Math.max(lastMs - REPLAYED_DAYS * DAY_MS, past.firstMs ?? lastMs);
  const result: Replay = { fired: 0, lastFiredMs: null, fromMs, judged: 0, withoutSample: 0 };
  const day = new SlidingSum(past, DAY_MS);
  const hour = new SlidingSum(past, HOUR_MS);
  let memory: AlertMemory = { subject: "", overSinceMs: null, clearSinceMs: null, firedAtMs: null, firingId: null };
  for (let atMs = fromMs + QUARTER_MS; atMs <= lastMs; atMs += QUARTER_MS) {
    const facts = factsAt(atMs, past, { lastHour: hour.endingAt(atMs), lastDay: day.endingAt(atMs) });
    const report = alertKinds[kind].judge(facts, settings);
    const [reading = null] = report.over;
    result.judged += 1;
    if (result.judged % 500 === 0) await pause();
    if (report.missing > 0) result.withoutSample += 1;
    if (reading === null && isUnknownIn(report, memory.subject)) continue;
    const step = advance(memory, reading, atMs, settings);
    memory = step.memory;
    if (step.change === "fires") {
      result.fired += 1;
      result.lastFiredMs = atMs;
      memory = { ...memory, firingId: "replayed" };
    } else if (step.change === "ends") memory = { ...memory, firingId: null };
  }
  return result;
}

function factsAt(
  atMs: number,
  past: AlertPast,
  { lastHour, lastDay }: { lastHour: PastSums; lastDay: PastSums },
): AlertFacts {
  const version = past.versions.findLast(({ publishedMs }) => publishedMs <= atMs);
  const weeks = spendWeeksBefore(atMs, past.firstMs);
  return {
    atMs,
    lastHour,
    live: version === undefined ? null : { ...version, version: version.number, sinceMs: version.publishedMs },
    cacheDay: version?.isCacheOn ? lastDay : null,
    spend: {
      hourNanoUsd: knownCost(lastHour),
      weeksNanoUsd: knownWeeks(weeks.map((week) => knownCost(new SlidingSum(past, HOUR_MS).endingAt(week)))),
    },
    ...{ rules: [], unpriced: [], instances: [], budgets: [], keys: [], certificate: null },
  };
}

/**
 * Sum of a sliding window that moves on by quarter-hours. What comes is added and what goes is taken away, each once.
 */
class SlidingSum {
  private sum = noSums();
  private endMs: number | null = null;

  constructor(
    private readonly past: AlertPast,
    private readonly spanMs: number,
  ) {}

  endingAt(atMs: number): PastSums {
    const startMs = atMs - this.spanMs;
    if (this.endMs === null) for (let ms = startMs; ms < atMs; ms += QUARTER_MS) this.add(ms, 1);
    else
      for (; this.endMs < atMs; this.endMs += QUARTER_MS) {
        this.add(this.endMs, 1);
        this.add(this.endMs - this.spanMs, -1);
      }
    this.endMs = atMs;
    return this.sum;
  }

  private add(quarterMs: number, sign: 1 | -1): void {
    const sums = this.past.quarters.get(quarterMs);
    if (sums === undefined) return;
    this.sum = {
      requests: this.sum.requests + sign * sums.requests,
      overrides: this.sum.overrides + sign * sums.overrides,
      hits: this.sum.hits + sign * sums.hits,
      misses: this.sum.misses + sign * sums.misses,
      costNanoUsd: this.sum.costNanoUsd + BigInt(sign) * sums.costNanoUsd,
      unpriced: this.sum.unpriced + BigInt(sign) * sums.unpriced,
    };
  }
}
