import { isLockedOut } from "./database-errors.ts";
import { monthNumber } from "./event-words.ts";
import type { SqlConnection } from "./sql.ts";

/*
 * On PostgreSQL `event_row` has a partition for each month of UTC. A month that is archived then gives its room back at
 * once. There is no partition for all other months: to add one beside it would wait for every reader.
 */

interface Bounds {
  name: string;
  from: string;
  to: string;
}

const FIRST_MONTH = 1970 * 12;
const MONTHS_END = 10_000 * 12;
const toStartMs = (month: number): number => Date.UTC(Math.floor(month / 12), month % 12, 1);

/** Clocks may be wrong: what began before 1970 or after 9999 has a partition each. */
function toBounds(ms: number): Bounds {
  const month = monthNumber(ms);
  if (ms < 0) return { name: "event_row_early", from: "MINVALUE", to: "0" };
  if (!(month < MONTHS_END)) return { name: "event_row_late", from: `${toStartMs(MONTHS_END)}`, to: "MAXVALUE" };
  const name = `event_row_${Math.floor(month / 12)}_${String((month % 12) + 1).padStart(2, "0")}`;
  return { name, from: `${toStartMs(month)}`, to: `${toStartMs(month + 1)}` };
}

/** Number of the month (`monthNumber`) that a partition holds; null for the two at the ends. */
function parseMonth(name: string): number | null {
  const [, year, month] = /^event_row_(\d{4})_(\d\d)$/.exec(name) ?? [];
  return year === undefined ? null : Number(year) * 12 + Number(month) - 1;
}

/** As the applier of migrations does: any number, but always the same. */
const LOCK = 72_707_370;
const PARTITIONS =
  "SELECT child.relname AS name FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = CAST('event_row' AS regclass)";

/** Partitions as one connection has met them. One that a transaction makes is known beyond it only once it is confirmed. */
export class EventPartitions {
  private readonly kept = new Set<string>();
  private added: string[] = [];

  /** Makes those for events that began at these instants. Inside the transaction that inserts them; nothing to do on SQLite. */
  async ensure(connection: SqlConnection, startedAtMs: Iterable<number>): Promise<void> {
    if (connection.dialect === "sqlite") return;
    const thisMonth = monthNumber(Date.now());
    // A month that is over may have been archived, and its partition removed, by another process since.
    const unsure = boundsOfAll(startedAtMs).filter(
      ({ name }) => (parseMonth(name) ?? 0) < thisMonth || !(this.kept.has(name) || this.added.includes(name)),
    );
    if (unsure.length === 0) return;
    // One process after the other: the next one sees what was made. Then, until the commit, none removes one of them.
    await connection.all(`SELECT pg_advisory_xact_lock(${LOCK})`);
    await connection.all("LOCK TABLE event_row IN ROW EXCLUSIVE MODE");
    for (const bounds of unsure) await ensurePartition(connection, bounds);
    this.added.push(...unsure.map(({ name }) => name));
  }

  /** What the transaction made is committed. */
  confirm(): void {
    for (const name of this.added) this.kept.add(name);
    this.added = [];
  }

  /** A new transaction begins, or the last one was rolled back. */
  forgetAdded(): void {
    this.added = [];
  }
}

function boundsOfAll(startedAtMs: Iterable<number>): Bounds[] {
  const wanted = new Map<string, Bounds>();
  let lastMs = Number.NaN;
  for (const ms of startedAtMs) {
    // Events of one hour are of one month, as a rule.
    if (Math.floor(ms / 3_600_000) === Math.floor(lastMs / 3_600_000)) continue;
    lastMs = ms;
    const bounds = toBounds(ms);
    wanted.set(bounds.name, bounds);
  }
  return [...wanted.values()];
}

async function ensurePartition(connection: SqlConnection, { name, from, to }: Bounds): Promise<void> {
  // By the catalogue: `to_regclass` may remember that there was none.
  const [found] = await connection.all(`SELECT 1 AS one FROM (${PARTITIONS}) AS parts WHERE name = $1`, [name]);
  if (found !== undefined) return;
  // Made first and attached then: readers and writers of other months go on.
  await connection.all(`CREATE TABLE "${name}" (LIKE "event_row" INCLUDING ALL)`);
  await connection.all(`ALTER TABLE "event_row" ATTACH PARTITION "${name}" FOR VALUES FROM (${from}) TO (${to})`);
}

/** How long a removal may wait for readers, who would make others wait behind it. */
const REMOVAL_WAIT_MS = 200;

/**
 * Removes the empty partitions of months that ended before an instant. What they took on the disk is free at once. One
 * that is being read stays until the next time. Returns how many went.
 */
export async function removeEmptyPartitions(connection: SqlConnection, beforeMs: number): Promise<number> {
  if (connection.dialect === "sqlite") return 0;
  const rows = await connection.all(PARTITIONS);
  let removed = 0;
  for (const name of rows.map((row) => String(row.name))) {
    const month = parseMonth(name);
    if (month === null || month < FIRST_MONTH || toStartMs(month + 1) > beforeMs) continue;
    if (await removeIfEmpty(connection, name)) removed += 1;
  }
  return removed;
}

async function removeIfEmpty(connection: SqlConnection, name: string): Promise<boolean> {
  const hasRows = async () => (await connection.all(`SELECT 1 AS one FROM "${name}" LIMIT 1`)).length > 0;
  if (await hasRows()) return false;
  try {
    return await connection.transaction(async () => {
      await connection.all(`SET LOCAL lock_timeout = ${REMOVAL_WAIT_MS}`);
      await connection.all("LOCK TABLE event_row IN ACCESS EXCLUSIVE MODE");
      if (await hasRows()) return false;
      await connection.all(`DROP TABLE "${name}"`);
      return true;
    });
  } catch (error) {
    if (isLockedOut(error)) return false;
    throw error;
  }
}
