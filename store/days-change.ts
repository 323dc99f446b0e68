import { performance } from "node:perf_hooks";
import { addDays, toDayKey } from "#core/time/instant.ts";
import { queryRows, type SqlSource } from "./raw.ts";
import { buildNextDay, forgetCuts } from "./rollup-writes.ts";
import { readSetting, settingKey, writeSetting } from "./settings.ts";
import type { SqlConnection } from "./sql.ts";
import { sqlInstant } from "./sql-instant.ts";

/**
 * Change of the reporting zone in progress. The days of the new zone are built beside those in force, a few at a
 * time, so that no transaction blocks others; when the last one is built the two tables are swapped at once.
 */
interface DaysChange {
  zone: string;
  /** First day of the history, in the new zone. */
  fromDay: string;
  /** Days before this one are complete; new events are added to them. */
  nextDay: string;
  /** Last day of the history at the last check. */
  lastDay: string;
}

/** Maximum time one step holds the write lock. */
const STEP_MS = 80;

/**
 * Reads the zone of the days in force, independent of a later choice. `isHeld`: inside a transaction, nothing changes
 * it before the commit.
 */
export async function dayZone(connection: SqlConnection, isHeld: boolean): Promise<string> {
  return (await readDays(connection, isHeld)).zone;
}

/** All that a transaction which records events must know. */
interface DaysState {
  zone: string;
  change: DaysChange | null;
  /** Instant of the backup whose sums are the opening balance; null without such a restore. */
  openingAtMs: number | null;
  /** Events that began before are archived, but for late ones; null: none are. */
  archivedBeforeMs: number | null;
}

/**
 * Reads the zone in force, the change in progress, and what is counted without its events, in one statement. Locked for the
 * transaction where `isHeld`.
 */
export async function readDays(connection: SqlConnection, isHeld: boolean): Promise<DaysState> {
  const lock = isHeld && connection.dialect === "postgresql" ? " FOR SHARE" : "";
  const rows = await connection.all(`SELECT "key", "value" FROM setting WHERE "key" IN ($1, $2, $3, $4)${lock}`, [
    settingKey.dayZone,
    settingKey.daysChange,
    settingKey.opening,
    settingKey.archivedBefore,
  ]);
  const texts = new Map(rows.map((row) => [String(row.key), JSON.parse(String(row.value)) as unknown]));
  const zone = texts.get(settingKey.dayZone);
  const readInstant = (key: string) => {
    const text = texts.get(key);
    return typeof text === "string" && text !== "" ? Date.parse(text) : null;
  };
  return {
    zone: typeof zone === "string" && zone !== "" ? zone : "UTC",
    change: parseChange(texts.get(settingKey.daysChange)),
    openingAtMs: readInstant(settingKey.opening),
    archivedBeforeMs: readInstant(settingKey.archivedBefore),
  };
}

/** Reads the change in progress, for display only. */
export async function readDaysChange(source: SqlSource): Promise<DaysChange | null> {
  return parseChange(await readSetting(source, settingKey.daysChange));
}

function parseChange(text: unknown): DaysChange | null {
  if (typeof text !== "string" || text === "") return null;
  try {
    const change = JSON.parse(text) as Partial<DaysChange>;
    const { zone, fromDay, nextDay, lastDay } = change;
    return zone && fromDay && nextDay && lastDay ? { zone, fromDay, nextDay, lastDay } : null;
  } catch {
    return null;
  }
}

/** Reads the zone and locks its row until the commit: transactions that record events wait meanwhile. */
export async function holdDays(
  connection: SqlConnection,
  at: Date,
): Promise<{ zone: string; change: DaysChange | null }> {
  // A row of an earlier release may be empty, which meant UTC.
  await connection.all(
    `INSERT INTO setting ("key", "value", "updated_at") VALUES ($1, $2, $3)
     ON CONFLICT ("key") DO UPDATE SET "value" = CASE WHEN setting."value" = '""' THEN excluded."value" ELSE setting."value" END`,
    [settingKey.dayZone, JSON.stringify("UTC"), sqlInstant(at)],
  );
  return readDays(connection, false);
}

/**
 * Takes one step towards days of `wanted`, in one short transaction. Returns the zone in force afterwards. Any number
 * of instances may take steps; another choice restarts, and a return to the zone in force ends at once.
 */
export function stepDays(
  connection: SqlConnection,
  wanted: string,
  at: Date,
  stepMs = STEP_MS,
): Promise<{ zone: string; isChanging: boolean }> {
  return connection.transaction(async () => {
    const { zone, change } = await holdDays(connection, at);
    if (zone === wanted) {
      if (change !== null) await dropChange(connection);
      return { zone, isChanging: false };
    }
    const [span] = await connection.all("SELECT MIN(bucket_s) AS first, MAX(bucket_s) AS last FROM rollup_quarter");
    if (span?.first == null) return switchDays(connection, wanted, at);
    const [fromDay, lastDay] = [span.first, span.last].map((bucketS) => toDayKey(Number(bucketS) * 1000, wanted)) as [
      string,
      string,
    ];
    const isNew = change?.zone !== wanted;
    if (isNew) await emptyNext(connection);
    const nextDay = await buildDays(connection, wanted, isNew ? fromDay : change.nextDay, lastDay, stepMs);
    if (nextDay > lastDay) return switchDays(connection, wanted, at);
    const state: DaysChange = { zone: wanted, fromDay, nextDay, lastDay };
    await writeSetting(connection, settingKey.daysChange, JSON.stringify(state), at);
    return { zone, isChanging: true };
  });
}

/** Builds days until the time is up, one at least. Returns the first day that is not built. */
async function buildDays(
  connection: SqlConnection,
  zone: string,
  fromDay: string,
  lastDay: string,
  stepMs: number,
): Promise<string> {
  const endTick = performance.now() + stepMs;
  let day = fromDay;
  do {
    await buildNextDay(connection, day, zone);
    day = addDays(day, 1);
  } while (day <= lastDay && performance.now() < endTick);
  return day;
}

/** Ends a change: the days built so far would be wrong, or are not wanted any more. Inside a transaction. */
export async function dropChange(connection: SqlConnection): Promise<void> {
  await connection.all(`DELETE FROM setting WHERE "key" = $1`, [settingKey.daysChange]);
  await emptyNext(connection);
}

/** Swaps the tables by renaming them: the same moment for every reader, for a history of any length. */
async function switchDays(
  connection: SqlConnection,
  zone: string,
  at: Date,
): Promise<{ zone: string; isChanging: boolean }> {
  if (connection.dialect === "postgresql") await connection.all("SET LOCAL lock_timeout = '2s'");
  for (const statement of swap[connection.dialect]) await connection.all(statement);
  await forgetCuts(connection);
  await writeSetting(connection, settingKey.dayZone, zone, at);
  await dropChange(connection);
  return { zone, isChanging: false };
}

/** PostgreSQL did not grant the lock in time. */
export const isLockTimeout = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "55P03";

const renames = [
  ["rollup_day", "rollup_day_before"],
  ["rollup_day_next", "rollup_day"],
  ["rollup_day_before", "rollup_day_next"],
] as const;

const swap: Record<SqlConnection["dialect"], readonly string[]> = {
  sqlite: renames.map(([from, to]) => `ALTER TABLE "${from}" RENAME TO "${to}"`),
  // There the key's name does not follow its table's.
  postgresql: renames.flatMap(([from, to]) => [
    `ALTER TABLE "${from}" RENAME CONSTRAINT "${from}_pkey" TO "${to}_pkey"`,
    `ALTER TABLE "${from}" RENAME TO "${to}"`,
  ]),
};

const emptyNext = (source: SqlSource): Promise<unknown> => queryRows(source, "DELETE FROM rollup_day_next");
