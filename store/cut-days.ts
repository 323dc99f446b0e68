import { performance } from "node:perf_hooks";
import { addDays, toDayKey } from "#core/time/instant.ts";
import { holdDays, readDays } from "./days-change.ts";
import { queryRows, type SqlSource, toText } from "./raw.ts";
import { dimColumn, dimColumns, sumColumns } from "./rollup-columns.ts";
import { CUTS_VERSION, ROLLUP_CUTS, type RollupCut } from "./rollup-cuts.ts";
import type { SqlConnection, SqlValue } from "./sql.ts";

/*
 * Cuts of closed days (docs/decisions/079-cuts-of-closed-days.md). `rollup_cut_day` names the days whose cuts equal
 * `rollup_day`; triggers remove a day as soon as a row of it is written, by whichever release. A day that is not named is
 * read from `rollup_day`, so a missing cut costs time and never a number.
 */

/** Time after midnight at which a day is closed: requests that began before it have ended, nearly always. */
const CLOSED_AFTER_MS = 3_600_000;
const MS_PER_DAY = 86_400_000;

const toDayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / MS_PER_DAY;

/** Days from the first (inclusive) to the second (exclusive). */
export interface DayRun {
  fromDay: string;
  toDay: string;
}

/** The days of a range whose cuts may be read, as runs without a gap, oldest first. */
export async function readCutRuns(source: SqlSource, { fromDay, toDay }: DayRun): Promise<DayRun[]> {
  const rows = await queryRows(
    source,
    `SELECT MIN(day) AS first, MAX(day) AS last FROM (
       SELECT day, day_number - ROW_NUMBER() OVER (ORDER BY day_number) AS island FROM rollup_cut_day
       WHERE day >= $1 AND day < $2 AND cuts = ${CUTS_VERSION}) AS days
     GROUP BY island ORDER BY 1`,
    [fromDay, toDay],
  );
  return rows.map(({ first, last }) => ({ fromDay: toText(first), toDay: addDays(toText(last), 1) }));
}

const LOOK_EVERY_MS = 10_000;

/** Builds cuts when there is nothing else to do, one day at a time. */
export class CutDays {
  private emptyTick = Number.NEGATIVE_INFINITY;

  /** Builds those of a day, when there may be one; returns whether there may be more. */
  async step(connection: SqlConnection, at: Date): Promise<boolean> {
    if (performance.now() - this.emptyTick < LOOK_EVERY_MS) return false;
    const isBuilt = await buildNextCuts(connection, at);
    if (!isBuilt) this.emptyTick = performance.now();
    return isBuilt;
  }
}

/**
 * Builds the cuts of one closed day, the newest that has none, in one short transaction. False: there is none to build.
 * Any number of instances may do so.
 */
export async function buildNextCuts(connection: SqlConnection, at: Date): Promise<boolean> {
  if ((await findDayWithoutCuts(connection, at)) === null) return false;
  return connection.transaction(async () => {
    // Nothing is recorded until the commit, by any release.
    await holdDays(connection, at);
    const day = await findDayWithoutCuts(connection, at);
    if (day === null) return false;
    await buildCuts(connection, day);
    return true;
  });
}

async function findDayWithoutCuts(connection: SqlConnection, at: Date): Promise<string | null> {
  const { zone, change } = await readDays(connection, false);
  // Their days would soon be others.
  if (change !== null) return null;
  const today = toDayKey(at.getTime() - CLOSED_AFTER_MS, zone);
  const [span] = await connection.all("SELECT MIN(day) AS first FROM rollup_day");
  if (span?.first == null) return null;
  const runs = await readCutRuns(connection, { fromDay: toText(span.first), toDay: today });
  const last = runs.at(-1);
  const yesterday = addDays(today, -1);
  if (last === undefined || last.toDay < today) return yesterday < toText(span.first) ? null : yesterday;
  const before = addDays(last.fromDay, -1);
  return before < toText(span.first) ? null : before;
}

/** Builds the cuts of a day. Inside a transaction that nothing is recorded beside. */
async function buildCuts(connection: SqlConnection, day: string): Promise<void> {
  for (const cut of ROLLUP_CUTS) {
    await connection.all(`DELETE FROM rollup_cut WHERE cut = ${cut.number} AND day = $1`, [day]);
    await connection.all(insertCut(cut), [day]);
  }
  const values: SqlValue[] = [day, toDayNumber(day), CUTS_VERSION];
  await connection.all(
    `INSERT INTO rollup_cut_day ("day", "day_number", "cuts") VALUES ($1, $2, $3)
     ON CONFLICT ("day") DO UPDATE SET "cuts" = excluded."cuts"`,
    values,
  );
}

const quoted = (columns: readonly string[]): string => columns.map((column) => `"${column}"`).join(", ");

/** The rows of a cut of day `$1`, as they follow from `rollup_day`: its columns in the order of `cutColumns`. */
export function selectCut(cut: RollupCut): string {
  const own = cut.dims.map(dimColumn);
  const dims = dimColumns.map((column) =>
    own.includes(column) ? `"${column}"` : `${column === "rule_version" ? "0" : "''"} AS "${column}"`,
  );
  const sums = sumColumns.map((column) => `SUM("${column}") AS "${column}"`);
  return `SELECT "day", MIN("dims_key") AS "dims_key", ${[...dims, ...sums].join(", ")}, MAX("last_at_ms") AS "last_at_ms"
    FROM rollup_day WHERE "day" = $1 GROUP BY "day", ${quoted(own)}`;
}

/** Columns of `selectCut`, and of `rollup_cut` behind the number of the cut. */
export const cutColumns: readonly string[] = ["day", "dims_key", ...dimColumns, ...sumColumns, "last_at_ms"];

const insertCut = (cut: RollupCut): string =>
  `INSERT INTO rollup_cut ("cut", ${quoted(cutColumns)}) SELECT ${cut.number}, ${quoted(cutColumns)} FROM (${selectCut(cut)}) AS rows_of_cut`;
