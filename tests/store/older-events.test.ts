import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { eventPages, findEventIds, insertEvents, listEvents } from "#store/events.ts";
import { recordEvents } from "#store/ledger-writes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { moveOlderEvents } from "#store/older-events.ts";
import { addQuarters } from "#store/rollup-writes.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";
import { insertAsBefore } from "#tests/support/release-before.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server?.stop());

const START = Date.parse("2026-10-31T23:59:00Z");
const someEvents = (count: number, from = 0): RequestEvent[] =>
  Array.from({ length: count }, (_, at) =>
    pricedEvent({
      id: `evt_${String(from + at).padStart(5, "0")}`,
      startedAtMs: START + (from + at) * 1000,
      project: `project-${at % 3}`,
      sessionId: `session-${at % 7}`,
    }),
  );

/** Writes as an instance of the release before does: into its table, and into the sums. Returns the ids that it took for new. */
async function recordAsBefore(connection: SqlConnection, events: readonly RequestEvent[]): Promise<string[]> {
  return connection.transaction(async () => {
    const ids = await insertAsBefore(connection, events);
    await addQuarters(
      connection,
      events.filter(({ id }) => ids.includes(id)),
    );
    return ids;
  });
}

const held = async (connection: SqlConnection) => {
  const all: RequestEvent[] = [];
  for await (const events of eventPages(connection, {}, 40)) all.push(...events);
  return all;
};

const quarters = async (connection: SqlConnection) =>
  (await verifyLedger(connection)).problems.filter(({ kind }) => kind !== "day");

describe.each(["sqlite", "postgresql"])("events that the release before writes on %s", (kind) => {
  const open = async () => {
    const url = kind === "sqlite" ? `file:${join(scratchFolder(), "cco.db")}` : await server.newDatabase();
    await migrateDatabase(url);
    const connection = await openSqlConnection(url);
    onTestFinished(() => connection.close());
    return connection;
  };

  it("are moved newest first, as they were, and are read in their order at every moment", async () => {
    const connection = await open();
    const [before, ours] = [someEvents(600), someEvents(50, 600)];
    await recordAsBefore(connection, before);
    await recordEvents(connection, ours);
    expect(await held(connection)).toEqual([...before, ...ours]);
    expect(await quarters(connection)).toEqual([]);

    expect(await moveOlderEvents(connection)).toBe(250);
    expect((await listEvents(connection, {}, { take: 300 })).map(({ id }) => id)).toEqual(
      [...before.slice(350), ...ours].map(({ id }) => id).reverse(),
    );
    expect(await held(connection)).toEqual([...before, ...ours]);
    expect(await quarters(connection)).toEqual([]);

    while ((await moveOlderEvents(connection)) > 0);
    expect(await held(connection)).toEqual([...before, ...ours]);
    expect(await connection.all("SELECT COUNT(*) AS n FROM request_event")).toEqual([{ n: 0n }]);
    expect(await quarters(connection)).toEqual([]);
  });

  it("are not counted twice: neither a record that this release finds in a spool, nor a batch that the other tries again", async () => {
    const connection = await open();
    const before = someEvents(20);
    await recordAsBefore(connection, before);
    expect(await findEventIds(connection, before)).toHaveLength(20);
    expect(await recordEvents(connection, before)).toEqual([]);
    while ((await moveOlderEvents(connection)) > 0);

    expect(await recordAsBefore(connection, someEvents(21))).toEqual(["evt_00020"]);
    expect(await recordEvents(connection, before)).toEqual([]);
    expect(await held(connection)).toEqual(someEvents(21));
    expect(await quarters(connection)).toEqual([]);
  });
});

describe("an instance of the release before and one of this release on PostgreSQL", () => {
  const two = async () => {
    const url = await server.newDatabase();
    await migrateDatabase(url);
    const [older, newer] = [await openSqlConnection(url), await openSqlConnection(url)];
    onTestFinished(() => older.close());
    onTestFinished(() => newer.close());
    return { older, newer };
  };
  const settles = async (work: Promise<unknown>) =>
    Promise.race([work.then(() => true), new Promise((resolve) => setTimeout(() => resolve(false), 300))]);

  it("count a batch once that the first has written and not committed when the second takes over its spool", async () => {
    const { older, newer } = await two();
    const events = someEvents(20);
    await older.all("BEGIN");
    const ids = await insertAsBefore(older, events);
    await addQuarters(older, events);
    const taken = recordEvents(newer, events);
    expect(await settles(taken)).toBe(false);
    await older.all("COMMIT");

    expect([ids.length, await taken]).toEqual([20, []]);
    expect(await quarters(newer)).toEqual([]);
  });

  it("count a batch once that the first tries again while the second moves it", async () => {
    const { older, newer } = await two();
    const events = someEvents(20);
    await recordAsBefore(older, events);
    const again = await newer.transaction(async () => {
      await newer.all("SELECT pg_advisory_xact_lock_shared(72707371)");
      await insertEvents(newer, events);
      await newer.all("DELETE FROM request_event");
      const tried = recordAsBefore(older, events);
      expect(await settles(tried)).toBe(false);
      return { tried };
    });

    expect(await again.tried).toEqual([]);
    expect(await quarters(newer)).toEqual([]);
  });
});
