/**
 * Forecast of money over whole days: medians of weekdays, an 80 % band, and the day a limit breaks. Integer
 * nano-dollars throughout. The caller says which days are over, and how much of today is spent.
 *
 * Medians, so that one outlying session does not move the landing. The band is made of what such medians missed by on
 * days that are over, so it also holds what medians cannot see: outliers, growth, quiet weeks.
 */
import { addDays, daysBetween } from "../time/instant.ts";

/** Complete days below which nothing is projected: two of each weekday. */
export const FORECAST_DAYS_MIN = 14;
/** Values of one weekday that its median is made of, newest first. Longer follows growth too slowly. */
const WEEKS_USED = 4;
/** Complete days that callers should hand over, so that the band has four weeks of misses to be made of. */
export const FORECAST_DAYS_USED = 2 * WEEKS_USED * 7;

/** One day of the calendar and its sum; null where the sum is not known. */
export interface DayAmount {
  day: string;
  nanoUsd: bigint | null;
}

interface ForecastInput {
  /** Complete days, oldest first, without gaps: a day without spending is in it as 0. The last one is yesterday. */
  history: readonly DayAmount[];
  /** The day that is under way. */
  today: string;
  spentTodayNanoUsd: bigint;
  /** Spent in the period before today. */
  spentBeforeNanoUsd: bigint;
  /** First day after the period. */
  toDay: string;
}

/** Running total of the period at the end of a day. */
interface ForecastDay {
  day: string;
  /** Expected on this day; of today, what is still to come. */
  nanoUsd: bigint;
  totalNanoUsd: bigint;
  lowNanoUsd: bigint;
  highNanoUsd: bigint;
}

interface Projection {
  kind: "projected";
  /** Today and each day until the period ends. */
  days: ForecastDay[];
  landsNanoUsd: bigint;
  /** In eight of ten cases the period ends between these two. */
  lowNanoUsd: bigint;
  highNanoUsd: bigint;
}

/** Why nothing is projected. It does not mean that a limit holds. */
interface CannotProject {
  kind: "cannot-project";
  /** `too-few-days`: fewer than `FORECAST_DAYS_MIN` since the first spending; `unknown-days`: sums without a price. */
  why: "too-few-days" | "unknown-days";
  /** Complete days with a known sum, since the first spending. */
  daysKnown: number;
  daysNeeded: number;
}

export type Forecast = Projection | CannotProject;

/** Projects the rest of a period, or says why it cannot. */
export function projectPeriod(input: ForecastInput): Forecast {
  const started = dropDaysBeforeFirst(input.history).slice(-FORECAST_DAYS_USED);
  const known = started.flatMap(({ day, nanoUsd }) => (nanoUsd === null ? [] : [{ day, nanoUsd }]));
  const refuse = (why: CannotProject["why"]): CannotProject => {
    return { kind: "cannot-project", why, daysKnown: known.length, daysNeeded: FORECAST_DAYS_MIN };
  };
  if (known.length < FORECAST_DAYS_MIN) {
    return refuse(started.length < FORECAST_DAYS_MIN ? "too-few-days" : "unknown-days");
  }
  const byWeekday = groupByWeekday(known);
  if (byWeekday.some((values) => values.length === 0)) return refuse("unknown-days");
  const medians = byWeekday.map((values) => findMedian(values.slice(-WEEKS_USED)));
  const misses = findMisses(known);

  let total = input.spentBeforeNanoUsd + input.spentTodayNanoUsd;
  const days = Array.from({ length: Math.max(1, daysBetween(input.today, input.toDay)) }, (_, ahead): ForecastDay => {
    const day = addDays(input.today, ahead);
    const usual = medians[toWeekday(day)] ?? 0n;
    const nanoUsd = ahead === 0 ? atLeastZero(usual - input.spentTodayNanoUsd) : usual;
    total += nanoUsd;
    const spent = input.spentBeforeNanoUsd + input.spentTodayNanoUsd;
    return { day, nanoUsd, totalNanoUsd: total, ...findBand(misses, ahead + 1, total, spent) };
  });
  const last = days[days.length - 1] as ForecastDay;
  const { totalNanoUsd: landsNanoUsd, lowNanoUsd, highNanoUsd } = last;
  return { kind: "projected", days, landsNanoUsd, lowNanoUsd, highNanoUsd };
}

/** When a limit is reached. `unknown` is not `holds`: nothing could be projected. */
export type Breach =
  | { kind: "reached" }
  /** `earliestDay`: in one of ten cases it is reached by then. */
  | { kind: "breaks"; day: string; earliestDay: string }
  /** The expected total stays below; the upper edge of the band does not. */
  | { kind: "may-break"; earliestDay: string }
  | { kind: "holds" }
  | { kind: "unknown" };

/** Finds the day on which the total reaches a limit. */
export function findBreach(forecast: Forecast, spentNanoUsd: bigint, limitNanoUsd: bigint): Breach {
  if (spentNanoUsd >= limitNanoUsd) return { kind: "reached" };
  if (forecast.kind === "cannot-project") return { kind: "unknown" };
  const expected = forecast.days.find(({ totalNanoUsd }) => totalNanoUsd >= limitNanoUsd);
  const early = forecast.days.find(({ highNanoUsd }) => highNanoUsd >= limitNanoUsd);
  if (expected !== undefined) {
    const earliestDay = early !== undefined && early.day < expected.day ? early.day : expected.day;
    return { kind: "breaks", day: expected.day, earliestDay };
  }
  return early === undefined ? { kind: "holds" } : { kind: "may-break", earliestDay: early.day };
}

/** Days before anything was spent say nothing: a team that began last week has a week of history. */
function dropDaysBeforeFirst(history: readonly DayAmount[]): readonly DayAmount[] {
  const first = history.findIndex(({ nanoUsd }) => nanoUsd !== 0n);
  return first === -1 ? [] : history.slice(first);
}

type KnownDay = { day: string; nanoUsd: bigint };

/** Sums by weekday, Monday first, each oldest first. */
function groupByWeekday(days: readonly KnownDay[]): bigint[][] {
  const groups: bigint[][] = Array.from({ length: 7 }, () => []);
  for (const { day, nanoUsd } of days) groups[toWeekday(day)]?.push(nanoUsd);
  return groups;
}

/** Monday 0 to Sunday 6. */
const toWeekday = (day: string): number => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;

/**
 * What the median of the weeks before missed each day by. Of days that the median did not know: what it was made of
 * would make the band too narrow.
 */
function findMisses(known: readonly KnownDay[]): bigint[] {
  const seen: bigint[][] = Array.from({ length: 7 }, () => []);
  const misses: bigint[] = [];
  for (const { day, nanoUsd } of known) {
    const before = seen[toWeekday(day)] ?? [];
    if (before.length > 0) misses.push(nanoUsd - findMedian(before.slice(-WEEKS_USED)));
    before.push(nanoUsd);
  }
  return misses;
}

/** The middle value; of an even number, the lower half of the two middle ones' sum. */
function findMedian(values: readonly bigint[]): bigint {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0n;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0n) + upper) / 2n;
}

/**
 * Standard deviations, in ten-thousandths, below which nine tenths lie. It would be 1.2816 of a normal distribution whose
 * spread is known; misses of one weekday share a median, which back-tests of seeded years put at 1.45.
 */
const NINE_TENTHS = 14_500n;

/**
 * The band of a total after a number of days: the mean miss a day, and its spread. The spread of a sum grows with the root
 * of its days, that of the mean's own error with their number.
 */
function findBand(
  misses: readonly bigint[],
  days: number,
  total: bigint,
  spent: bigint,
): Pick<ForecastDay, "lowNanoUsd" | "highNanoUsd"> {
  const count = BigInt(misses.length);
  const ahead = BigInt(days);
  const sum = misses.reduce((all, miss) => all + miss, 0n);
  const squares = misses.reduce((all, miss) => all + miss * miss, 0n);
  // Times count², so that nothing is divided before the root.
  const spread = (count * squares - sum * sum) * count;
  const root = findRoot((spread * ahead * (count + ahead)) / (count * (count - 1n)));
  const half = (root * NINE_TENTHS) / (count * 10_000n);
  const shift = (sum * ahead) / count;
  const lowNanoUsd = total + shift - half;
  const highNanoUsd = total + shift + half;
  // Money that is spent does not come back, and the expected total is always inside.
  return {
    lowNanoUsd: atLeast(spent, lowNanoUsd < total ? lowNanoUsd : total),
    highNanoUsd: atLeast(total, highNanoUsd),
  };
}

/** The whole part of a square root, by Newton's method. */
function findRoot(value: bigint): bigint {
  if (value < 2n) return value < 0n ? 0n : value;
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

const atLeast = (least: bigint, value: bigint): bigint => (value < least ? least : value);
const atLeastZero = (value: bigint): bigint => atLeast(0n, value);
