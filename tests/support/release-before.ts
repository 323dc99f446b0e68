import { cpSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { EVENT_SCHEMA } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { eventCells, eventColumns } from "#store/event-columns.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { sumColumns } from "#store/rollup-columns.ts";
import type { SqlConnection, SqlValue } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { eventually } from "./scratch.ts";

/**
 * An earlier release whose programs are built from its own sources (tests/support/record-release.ts). They are the
 * proxy's spool and ledger thread, which write to the database.
 */
export const RELEASE = { commit: "304907c", newestMigration: "20261128080000_limits_of_holders" };

export type DatabaseKind = "sqlite" | "postgresql";

const root = join(import.meta.dirname, "../..");
const fixture = join(root, "tests/fixtures/releases", RELEASE.commit);

/** Migrations of this release: a released one never changes, so the earlier release had the first of them. */
export const listMigrations = (kind: DatabaseKind): string[] =>
  readdirSync(join(root, "prisma/migrations", kind))
    .filter((name) => !name.includes("."))
    .sort();

/** Puts the migrations up to one, of both databases, into a new folder; returns it. */
export function migrationsUpTo(newest: string, folder: string): string {
  for (const kind of ["sqlite", "postgresql"] as const)
    for (const name of listMigrations(kind).filter((one) => one <= newest))
      cpSync(join(root, "prisma/migrations", kind, name), join(folder, kind, name), { recursive: true });
  return folder;
}

/** Installs the earlier release in a folder: its programs find its migrations, and not those of this one. */
export function installRelease(folder: string): string {
  mkdirSync(folder, { recursive: true });
  cpSync(fixture, folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"type":"module"}\n');
  migrationsUpTo(RELEASE.newestMigration, join(folder, "prisma/migrations"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  symlinkSync(join(root, "config"), join(folder, "config"));
  return join(folder, "write-spool.mjs");
}

/** Columns that the table of that release never had. */
const LATER_COLUMNS = new Set(
  Object.values(EVENT_SCHEMA).flatMap(({ column, since }) => (column !== null && since > 3 ? [column as string] : [])),
);

/** Inserts events as the release before does, into its own table; returns the ids that it takes for new. The sums stay. */
export async function insertAsBefore(connection: SqlConnection, events: readonly RequestEvent[]): Promise<string[]> {
  const known = eventColumns.flatMap(({ column }, at) => (LATER_COLUMNS.has(column) ? [] : [{ column, at }]));
  const columns = known.map(({ column }) => `"${column}"`).join(", ");
  const places = known.map((_, place) => `$${place + 1}`).join(", ");
  const ids: string[] = [];
  for (const event of events) {
    const rows = await connection.all(
      `INSERT INTO request_event (${columns}) VALUES (${places}) ON CONFLICT ("id") DO NOTHING RETURNING "id"`,
      known.map(({ at }) => eventCells(event)[at] as SqlValue),
    );
    ids.push(...rows.map(({ id }) => String(id)));
  }
  return ids;
}

/** Makes the earlier release's database at this address. */
export const makeOlderDatabase = async (url: string, kind: DatabaseKind, release: string): Promise<void> =>
  void (await migrateDatabase(url, { folder: join(release, "prisma/migrations", kind) }));

/**
 * Multiplies what the earlier release has written until there are `wanted` events or more. The copies have other ids
 * and are of the same quarter-hour. The sums become as many times as large. Columns are those of the older table.
 */
export async function multiplyEvents(url: string, wanted: number): Promise<number> {
  const connection = await openSqlConnection(url, { timeoutMs: 60_000 });
  try {
    const [first] = await connection.all("SELECT * FROM request_event LIMIT 1");
    const columns = Object.keys(first ?? {})
      .filter((name) => name !== "id")
      .map((name) => `"${name}"`)
      .join(", ");
    for (let count = await countEvents(connection); count < wanted; count = await countEvents(connection)) {
      const copies = Math.min(9, Math.ceil(wanted / count) - 1);
      await connection.transaction(async () => {
        for (let copy = 1; copy <= copies; copy++)
          await connection.all(
            `INSERT INTO request_event ("id", ${columns}) SELECT "id" || '_${count}_${copy}', ${columns} FROM request_event
             WHERE "id" NOT LIKE '%\\_${count}\\__' ESCAPE '\\'`,
          );
        const [row] = await connection.all("SELECT * FROM rollup_quarter LIMIT 1");
        const sums = sumColumns
          .filter((name) => row !== undefined && name in row) // later releases sum more
          .map((name) => `"${name}" = "${name}" * ${copies + 1}`)
          .join(", ");
        for (const table of ["rollup_quarter", "rollup_day"]) await connection.all(`UPDATE ${table} SET ${sums}`);
      });
    }
    return await countEvents(connection);
  } finally {
    await connection.close();
  }
}

const countEvents = async (connection: SqlConnection): Promise<number> =>
  Number((await connection.all("SELECT COUNT(*) AS n FROM request_event"))[0]?.n);

/** All that an event of the earlier release says, summed: two equal ones hold the same events. */
export async function fingerprint(connection: SqlConnection): Promise<unknown> {
  const [events] = await connection.all(
    `SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids, MIN(id) AS first_id, MAX(id) AS last_id, SUM(cost_nano_usd) AS cost,
     SUM(input_tokens + output_tokens + cache_read_tokens) AS tokens, SUM(started_at_ms) AS starts FROM request_event`,
  );
  const days = await connection.all("SELECT SUM(requests) AS requests, SUM(cost_nano_usd) AS cost FROM rollup_day");
  return { events, days };
}

/** Resolves when the writer of the earlier release has answered `count` requests. */
export const untilAnswered = (saidFile: string, count: number): Promise<void> =>
  eventually(() => expect(statSync(saidFile).size).toBeGreaterThan(count * 40));
