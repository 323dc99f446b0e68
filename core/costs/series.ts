import type { NanoUsd } from "#core/money/nano-usd.ts";
import { addRow, type CostMeasures, type CostTotals, noTotals } from "./cost-totals.ts";

/** A row of the daily rollup. */
export interface DayRow extends CostMeasures {
  day: string;
}

/** One part of the stack: a model, a project, or everything that has no part of its own. */
export interface Stack {
  /** Null: the rest, folded together. */
  key: string | null;
  total: NanoUsd;
  requests: bigint;
  /** One per day of the range; null where there is no data, which is a gap and not a zero. */
  values: (NanoUsd | null)[];
}

export interface DayPoint {
  day: string;
  /** Null: nothing was recorded then, or the day is still to come. */
  totals: CostTotals | null;
}

export interface CostSeries {
  points: DayPoint[];
  /** Dearest first, the rest last. */
  stacks: Stack[];
  /** How many parts there are behind the stacks: the legend says "4 of 9". */
  parts: number;
  totals: CostTotals;
}

export interface SeriesOptions<Row> {
  /** Every day of the range, oldest first. */
  days: readonly string[];
  /** What the stack is made of, such as the served model. */
  partOf: (row: Row) => string;
  /** More parts than this fold into the rest. */
  top?: number;
  /** The first day anything was recorded; days before are gaps. Null: nothing was recorded yet. */
  firstDay?: string | null;
  /** Days after it are gaps. */
  today?: string;
}

/**
 * Daily costs of a range with every day present: the stacks of a day add up to its cost, the days add up to the totals, to
 * the nano-dollar. Rows outside the range are left out.
 */
export function costSeries<Row extends DayRow>(rows: Iterable<Row>, options: SeriesOptions<Row>): CostSeries {
  const byDay = new Map(options.days.map((day) => [day, emptyDay()]));
  const byPart = new Map<string, CostTotals>();
  const totals = noTotals();
  for (const row of rows) {
    const day = byDay.get(row.day);
    if (day === undefined) continue;
    const part = options.partOf(row);
    day.hasRows = true;
    addRow(day.totals, row);
    addRow(entry(day.parts, part), row);
    addRow(entry(byPart, part), row);
    addRow(totals, row);
  }
  const days = options.days.map((day) => ({
    day,
    ...(byDay.get(day) ?? emptyDay()),
    isKnown: isRecorded(day, options),
  }));
  return {
    points: days.map(({ day, totals: sums, hasRows, isKnown }) => ({ day, totals: hasRows || isKnown ? sums : null })),
    stacks: stacksOf(days, byPart, options.top ?? 4),
    parts: byPart.size,
    totals,
  };
}

interface Day {
  totals: CostTotals;
  parts: Map<string, CostTotals>;
  hasRows: boolean;
}

const emptyDay = (): Day => ({ totals: noTotals(), parts: new Map(), hasRows: false });

function entry(sums: Map<string, CostTotals>, key: string): CostTotals {
  const known = sums.get(key);
  if (known) return known;
  const fresh = noTotals();
  sums.set(key, fresh);
  return fresh;
}

function isRecorded(day: string, options: { firstDay?: string | null; today?: string }): boolean {
  if (options.firstDay === null) return false;
  return (
    (options.firstDay === undefined || day >= options.firstDay) && (options.today === undefined || day <= options.today)
  );
}

function stacksOf(
  days: readonly (Day & { isKnown: boolean })[],
  byPart: ReadonlyMap<string, CostTotals>,
  top: number,
): Stack[] {
  const ranked = [...byPart].sort(dearestFirst).map(([part]) => part);
  // A rest of one part would hide a name and save no colour.
  const shown = ranked.length <= top + 1 ? ranked : ranked.slice(0, top);
  const rest = ranked.slice(shown.length);
  const stack = (key: string | null, members: readonly string[]): Stack => ({
    key,
    total: sum(members.map((part) => byPart.get(part)?.cost)),
    requests: members.reduce((total, part) => total + (byPart.get(part)?.requests ?? 0n), 0n),
    values: days.map((day) =>
      day.hasRows || day.isKnown ? sum(members.map((part) => day.parts.get(part)?.cost)) : null,
    ),
  });
  const stacks = shown.map((part) => stack(part, [part]));
  return rest.length === 0 ? stacks : [...stacks, stack(null, rest)];
}

/** By cost, then by requests, then by name, so that equal parts never change places between two looks. */
function dearestFirst([nameA, a]: [string, CostTotals], [nameB, b]: [string, CostTotals]): number {
  if (a.cost !== b.cost) return a.cost > b.cost ? -1 : 1;
  if (a.requests !== b.requests) return a.requests > b.requests ? -1 : 1;
  return nameA < nameB ? -1 : 1;
}

const sum = (amounts: readonly (NanoUsd | undefined)[]): NanoUsd =>
  amounts.reduce<bigint>((total, amount) => total + (amount ?? 0n), 0n) as NanoUsd;
