import { addMeasures, type SummedMeasure, summedMeasures } from "#core/costs/rollup.ts";
import { type DayRun, readCutRuns } from "./cut-days.ts";
import { queryRows, type SqlSource, toBigInt } from "./raw.ts";
import { dimColumn, type RollupDim, sumColumn } from "./rollup-columns.ts";
import { findCut, type RollupCut } from "./rollup-cuts.ts";
import type { SqlRow, SqlValue } from "./sql.ts";

/** Keeps rows whose dimension is one of the values listed; an empty list keeps none, an absent one all. */
export type RollupFilters = Partial<Record<RollupDim, readonly (string | number)[]>>;

type RollupSums = Record<SummedMeasure, bigint> & { lastAtMs: bigint };

/** Sums one measure by the values of a dimension: a tenth of the work of all sums. */
export async function sumRollupValues(
  source: SqlSource,
  range: { fromDay: string; toDay: string; filters?: RollupFilters },
  by: RollupDim,
  measure: SummedMeasure,
): Promise<{ value: string; sum: bigint }[]> {
  const selected = `SUM("${sumColumn(measure)}") AS "${measure}", MAX("last_at_ms") AS "lastAtMs"`;
  const rows = await sumDays(source, range, [by], selected);
  return rows.map((row) => ({ value: String(row[by]), sum: row[measure] }));
}
/** Sums of a group, with the dimensions it was grouped by. */
export type RollupGroup<Dim extends string> = {
  [name in Dim]: name extends "ruleVersion" | "bucketS" ? number : string;
} & RollupSums;

/**
 * Exact sums over days of the reporting zone, `fromDay` inclusive, `toDay` exclusive. One row per group, in no order
 * that may be relied on. No groups: exactly one row, also when there was nothing. Closed days are read from the
 * smallest cut that knows the dimensions.
 */
export function sumRollupDays<Dim extends RollupDim | "day">(
  source: SqlSource,
  range: { fromDay: string; toDay: string; filters?: RollupFilters },
  groupBy: readonly Dim[],
): Promise<RollupGroup<Dim>[]> {
  return sumDays(source, range, groupBy, sums);
}

/** `selected`: SQL of the sums that are read; the others are 0. */
async function sumDays<Dim extends RollupDim | "day">(
  source: SqlSource,
  range: { fromDay: string; toDay: string; filters?: RollupFilters },
  groupBy: readonly Dim[],
  selected: string,
): Promise<RollupGroup<Dim>[]> {
  const { filters = {}, ...days } = range;
  const asked = Object.keys(filters).filter((name) => filters[name as RollupDim] !== undefined) as RollupDim[];
  const cut = findCut([...asked, ...groupBy.filter((name): name is Dim & RollupDim => name !== "day")]);
  for (let attempt = 0; cut !== null && attempt < CUT_ATTEMPTS; attempt += 1) {
    const runs = await readCutRuns(source, days);
    if (runs.length === 0 || runs.length > RUNS_MAX) break;
    const parts = splitDays(days, runs, cut);
    const rows = await sumParts(source, parts, "day", filters, groupBy, selected);
    // A change of the zone in between would leave days out. One that was built or written in between is right either way.
    if (JSON.stringify(await readCutRuns(source, days)) === JSON.stringify(runs)) return rows;
  }
  const whole: Part = { table: "rollup_day", from: days.fromDay, to: days.toDay };
  return sumParts(source, [whole], "day", filters, groupBy, selected);
}

/** Attempts to read cuts while days are built or written meanwhile; then `rollup_day` is read. */
const CUT_ATTEMPTS = 3;
/** Runs of days from which on one pass over `rollup_day` is cheaper. */
const RUNS_MAX = 24;

/** A range of one table, whose rows are of one cut where it holds several. */
interface Part {
  table: "rollup_day" | "rollup_quarter" | "rollup_cut";
  from: SqlValue;
  to: SqlValue;
  cut?: number;
}

/** The runs from the cut, what lies between them from `rollup_day`. */
function splitDays({ fromDay, toDay }: DayRun, runs: readonly DayRun[], cut: RollupCut): Part[] {
  const parts: Part[] = [];
  let from = fromDay;
  for (const run of runs) {
    if (from < run.fromDay) parts.push({ table: "rollup_day", from, to: run.fromDay });
    parts.push({ table: "rollup_cut", from: run.fromDay, to: run.toDay, cut: cut.number });
    from = run.toDay;
  }
  if (from < toDay) parts.push({ table: "rollup_day", from, to: toDay });
  return parts;
}

/** The same over UTC quarter-hours, `fromMs` inclusive, `toMs` exclusive; both are rounded down to a quarter-hour. */
export function sumRollupQuarters<Dim extends RollupDim | "bucketS">(
  source: SqlSource,
  range: { fromMs: number; toMs: number; filters?: RollupFilters },
  groupBy: readonly Dim[],
): Promise<RollupGroup<Dim>[]> {
  const bounds: [number, number] = [Math.floor(range.fromMs / 900_000) * 900, Math.floor(range.toMs / 900_000) * 900];
  const part: Part = { table: "rollup_quarter", from: bounds[0], to: bounds[1] };
  return sumParts(source, [part], "bucket_s", range.filters ?? {}, groupBy);
}

const sums = [
  ...summedMeasures.map((name) => `SUM("${sumColumn(name)}") AS "${name}"`),
  'MAX("last_at_ms") AS "lastAtMs"',
].join(", ");

async function sumParts<Dim extends RollupDim | "day" | "bucketS">(
  source: SqlSource,
  parts: readonly Part[],
  bucketColumn: "day" | "bucket_s",
  filters: RollupFilters,
  groupBy: readonly Dim[],
  summed = sums,
): Promise<RollupGroup<Dim>[]> {
  const values: SqlValue[] = [];
  const columns = groupBy.map((name) =>
    name === "day" || name === "bucketS" ? bucketColumn : dimColumn(name as RollupDim),
  );
  const selected = columns.map((column, at) => `"${column}" AS "${groupBy[at]}", `).join("");
  const grouped = columns.length > 0 ? `GROUP BY ${columns.map((column) => `"${column}"`).join(", ")}` : "";
  const statements = parts.map(({ table, from, to, cut }) => {
    const conditions = [
      ...(cut === undefined ? [] : [`"cut" = ${cut}`]),
      `"${bucketColumn}" >= $${values.push(from)}`,
      `"${bucketColumn}" < $${values.push(to)}`,
    ];
    for (const [name, allowed] of Object.entries(filters)) {
      if (allowed === undefined) continue;
      const placeholders = allowed.map((value) => `$${values.push(value)}`);
      conditions.push(
        allowed.length === 0 ? "1 = 0" : `"${dimColumn(name as RollupDim)}" IN (${placeholders.join(", ")})`,
      );
    }
    return `SELECT ${selected}${summed} FROM ${table} WHERE ${conditions.join(" AND ")} ${grouped}`;
  });
  const rows = (await queryRows(source, statements.join(" UNION ALL "), values)).map((row) => toGroup(row, groupBy));
  return parts.length === 1 ? rows : mergeGroups(rows, groupBy);
}

/** Groups of several parts; the sums of one group that stands in more than one are added up. */
function mergeGroups<Dim extends string>(
  rows: readonly RollupGroup<Dim>[],
  groupBy: readonly Dim[],
): RollupGroup<Dim>[] {
  const merged = new Map<string, RollupGroup<Dim>>();
  for (const row of rows) {
    const key = groupBy.map((name) => row[name]).join("\0");
    const known = merged.get(key);
    if (known === undefined) merged.set(key, row);
    else addMeasures(known, row);
  }
  return [...merged.values()];
}

function toGroup<Dim extends string>(row: SqlRow, groupBy: readonly Dim[]): RollupGroup<Dim> {
  const dims = groupBy.map((name) => [
    name,
    name === "ruleVersion" || name === "bucketS" ? Number(row[name]) : String(row[name]),
  ]);
  const measures = [...summedMeasures, "lastAtMs"].map((name) => [name, toBigInt(row[name])]);
  return Object.fromEntries([...dims, ...measures]) as RollupGroup<Dim>;
}
