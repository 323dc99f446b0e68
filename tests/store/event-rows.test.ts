import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { removeEmptyPartitions } from "#store/event-partitions.ts";
import { monthNumber, removeUnusedWords } from "#store/event-words.ts";
import { eventById, listEvents } from "#store/events.ts";
import { recordEvents } from "#store/ledger-writes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { listSessions, sessionParts } from "#store/session-list.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server?.stop());

const count = async (connection: SqlConnection, table: string) =>
  Number((await connection.all(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.n);

const partitions = async (connection: SqlConnection) =>
  (
    await connection.all(
      "SELECT relname FROM pg_class WHERE relname LIKE 'event_row_____%' AND relkind = 'r' ORDER BY 1",
    )
  ).map(({ relname }) => String(relname));

describe.each(["sqlite", "postgresql"])("rows of events on %s", (kind) => {
  const open = async () => {
    const url = kind === "sqlite" ? `file:${join(scratchFolder(), "cco.db")}` : await server.newDatabase();
    await migrateDatabase(url);
    const connect = async () => {
      const connection = await openSqlConnection(url);
      onTestFinished(() => connection.close());
      return connection;
    };
    return { connection: await connect(), connect };
  };

  it("return every word as it was, and are found by it, however it is spelt and however long it is", async () => {
    const { connection } = await open();
    const words = [
      "",
      "#",
      "#a",
      "a".repeat(121),
      `#${"b".repeat(5_000)}`,
      "Größe \u{1f600}",
      "' OR 1 = 1 --",
      "0",
      "1",
    ];
    const events = words.map((project, at) =>
      makeEvent({ project, reason: project, startedAtMs: 1_795_000_000_000 + at }),
    );
    await recordEvents(connection, events);

    expect((await listEvents(connection, {}, { take: 50 })).reverse()).toEqual(events);
    for (const event of events) {
      expect(await listEvents(connection, { project: event.project }, { take: 50 })).toEqual([event]);
      expect(await eventById(connection, event.id)).toEqual(event);
    }
    expect(await listEvents(connection, { project: ["1", "#", "unheard-of"] }, { take: 50 })).toHaveLength(2);
    expect(await listEvents(connection, { project: "unheard-of" }, { take: 50 })).toEqual([]);
    expect(await listEvents(connection, { outcome: ["fallback", "skipped"] }, { take: 50 })).toEqual([]);
  });

  it("are asked for by ids that were read before, so that PostgreSQL plans with their frequency", async () => {
    const { connection } = await open();
    const asked: string[] = [];
    const noting: SqlConnection = {
      ...connection,
      all: (sql, values) => {
        asked.push(sql);
        return connection.all(sql, values);
      },
    };
    const filter = { personId: "unheard-of", ruleId: ["a", "b"], outcome: ["failed"] } as const;
    await listEvents(noting, filter, { take: 5 });
    await listSessions(noting, filter, { take: 5 });
    await sessionParts(noting, filter, ["a"]);

    expect(asked.filter((sql) => /event_row/.test(sql))).toHaveLength(3);
    expect(asked.filter((sql) => /event_row/.test(sql) && /event_word/.test(sql))).toEqual([]);
  });

  it("hold each word once, whichever connection wrote it", async () => {
    const { connection, connect } = await open();
    const other = await connect();
    const some = (from: number) =>
      Array.from({ length: 40 }, (_, at) => makeEvent({ sessionId: `session-${from + at}` }));
    const first = recordEvents(connection, some(0));
    // SQLite works in this thread: there one waits for the other here.
    if (kind === "sqlite") await first;
    await Promise.all([first, recordEvents(other, some(20))]);
    await recordEvents(connection, some(10));
    await recordEvents(other, some(10));

    const [row] = await connection.all("SELECT COUNT(*) AS n FROM event_word WHERE word_key LIKE 'session-%'");
    expect(row?.n).toBe(60n);
    expect(await listEvents(connection, { sessionId: "session-25" }, { take: 50 })).toHaveLength(4);
  });

  it("do not take an id from a transaction that was rolled back", async () => {
    const { connection } = await open();
    const events = ["one", "two"].map((project) =>
      makeEvent({ project, startedAtMs: Date.parse("2026-12-05T00:00:00Z") }),
    );
    const refused = { ...events[1], status: null } as unknown as RequestEvent;
    await expect(recordEvents(connection, [events[0] as RequestEvent, refused])).rejects.toThrow();
    await recordEvents(connection, events);

    expect((await listEvents(connection, {}, { take: 5 })).map(({ project }) => project).sort()).toEqual([
      "one",
      "two",
    ]);
  });

  it("leave no word that none was written with since, and keep those of months that are held", async () => {
    const { connection } = await open();
    await recordEvents(connection, [makeEvent({ sessionId: "gone" }), makeEvent({ sessionId: "stays" })]);
    await connection.all("UPDATE event_word SET used_month = $1", [monthNumber(Date.parse("2026-01-01T00:00:00Z"))]);
    await recordEvents(connection, [makeEvent({ sessionId: "new", project: "new" })]);
    await connection.all("DELETE FROM event_row");
    const before = await count(connection, "event_word");
    const month = monthNumber(Date.parse("2026-02-01T00:00:00Z"));
    const done = await removeUnusedWords(connection, month, 0);
    const { lastId, removed } = done ?? { lastId: 0, removed: 0 };

    expect(await removeUnusedWords(connection, month, lastId)).toBeNull();
    expect([removed > 0, await count(connection, "event_word")]).toEqual([true, before - removed]);
    expect(await connection.all("SELECT word_key FROM event_word WHERE word_key IN ('gone', 'stays')")).toEqual([]);
    expect(await connection.all("SELECT word_key FROM event_word WHERE word_key = 'new'")).toHaveLength(1);
  });
});

describe("months of events on PostgreSQL", () => {
  it("have a partition each, which goes when the month is over and empty, and is made again for an event that comes late", async () => {
    const url = await server.newDatabase();
    await migrateDatabase(url);
    const [connection, other] = [await openSqlConnection(url), await openSqlConnection(url)];
    onTestFinished(() => connection.close());
    onTestFinished(() => other.close());
    const at = (day: string) => makeEvent({ startedAtMs: Date.parse(`${day}T23:59:59.999Z`) });
    await recordEvents(connection, [
      at("2026-08-31"),
      at("2026-09-01"),
      at("2026-09-30"),
      at("2026-12-31"),
      at("2027-01-01"),
    ]);
    await recordEvents(connection, [makeEvent({ startedAtMs: -5 }), makeEvent({ startedAtMs: 8_000_000_000_000_000 })]);
    const all = ["2026_08", "2026_09", "2026_12", "2027_01", "early", "late"].map((name) => `event_row_${name}`);
    expect(await partitions(connection)).toEqual(all);

    const end = Date.parse("2026-12-01T00:00:00Z");
    expect(await removeEmptyPartitions(connection, end)).toBe(0);
    await connection.all("DELETE FROM event_row WHERE started_at_ms < $1", [Date.parse("2026-09-02T00:00:00Z")]);
    expect(await removeEmptyPartitions(connection, Date.parse("2026-08-31T00:00:00Z"))).toBe(0);
    await other.all("BEGIN");
    await other.all("SELECT 1 AS one FROM event_row");
    expect(await removeEmptyPartitions(connection, end)).toBe(0); // one reads
    await other.all("COMMIT");
    expect(await removeEmptyPartitions(connection, end)).toBe(1);
    expect(await partitions(connection)).toEqual(all.slice(1));

    // Of another process, which knew the partition.
    expect(await recordEvents(other, [at("2026-08-30")])).toHaveLength(1);
    expect(await partitions(connection)).toEqual(all);
    expect(await listEvents(connection, { toMs: Date.parse("2026-09-01T00:00:00Z") }, { take: 5 })).toHaveLength(1);
  });
});
