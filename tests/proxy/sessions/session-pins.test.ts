import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type KeptPin, PIN_IDLE_MS } from "#core/rules/pin.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { insertRuleVersion } from "#store/rule-versions.ts";
import { keepPins, readPinsAfter, removePinsUnusedSince } from "#store/session-pins.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server?.stop());

const nowMs = 1_800_000_000_000;

const pin = (key: string, change: Partial<KeptPin> = {}): KeptPin => ({
  key,
  target: "claude-haiku-5-5",
  releasedFrom: null,
  reason: "rule",
  ruleId: "r1",
  version: null,
  fallback: "never",
  askedKey: "claude-opus-5-5",
  usedAtMs: nowMs,
  ...change,
});

const byKey = (pins: readonly KeptPin[]) => [...pins].sort((one, other) => (one.key < other.key ? -1 : 1));

describe.each([
  ["SQLite", async () => `file:${join(scratchFolder(), "cco.db")}`],
  ["PostgreSQL", () => server.newDatabase()],
])("sessions' decisions on %s", (kind, newUrl) => {
  async function open(url: string) {
    const connection = await openSqlConnection(url);
    onTestFinished(() => connection.close());
    return connection;
  }

  it("are read back unchanged, each batch once, and only while in force", async () => {
    const url = await newUrl();
    await migrateDatabase(url);
    const connection = await open(url);
    const one = pin("one", { version: 2, usedAtMs: nowMs });
    const two = pin("two", { target: null, releasedFrom: "claude-haiku-4-5", reason: "hazard:E23", version: 3 });
    const old = pin("old", { version: 3, usedAtMs: nowMs - PIN_IDLE_MS - 1 });

    expect(await readPinsAfter(connection, 0, 0)).toBeNull();
    expect(await keepPins(connection, [one, two, old])).toEqual([]);

    const read = await readPinsAfter(connection, 0, nowMs - PIN_IDLE_MS);
    expect(byKey(read?.pins ?? [])).toEqual([one, two]);
    expect(await readPinsAfter(connection, read?.upTo ?? 0, 0)).toBeNull();
    await keepPins(connection, [pin("three")]);
    expect((await readPinsAfter(connection, read?.upTo ?? 0, 0))?.pins).toEqual([pin("three")]);

    await publishNow(connection, 3);
    expect(byKey((await readPinsAfter(connection, 0, nowMs - PIN_IDLE_MS))?.pins ?? [])).toEqual([two]);
    await removePinsUnusedSince(connection, nowMs - PIN_IDLE_MS);
    expect(byKey((await readPinsAfter(connection, 0, 0))?.pins ?? [])).toEqual([two]);
  });

  it("written concurrently by instances are decided once, and losing instances adopt the winner", async () => {
    const url = await newUrl();
    await migrateDatabase(url);
    const connections = await Promise.all([open(url), open(url), open(url)]);
    const targets = ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5"];
    const keys = Array.from({ length: 40 }, (_, at) => `session-${at}`);

    const decide = (connection: SqlConnection, at: number) =>
      keepPins(
        connection,
        keys.map((key) => pin(key, { target: targets[at] ?? "" })),
      );
    // SQLite's driver waits for a lock without letting this process go on: there, one after the other.
    const lost: KeptPin[][] = [];
    if (kind === "SQLite")
      for (const [at, connection] of connections.entries()) lost.push(await decide(connection, at));
    else lost.push(...(await Promise.all(connections.map(decide))));

    const standing = (await readPinsAfter(connections[0] as SqlConnection, 0, 0))?.pins ?? [];
    const winners = new Set(standing.map((one) => one.target));
    expect(winners.size).toBe(1);
    expect(lost.map((others) => others.length).sort()).toEqual([0, 40, 40]);
    expect(new Set(lost.flat().map((one) => one.target))).toEqual(winners);
  });
});

async function publishNow(connection: SqlConnection, number: number): Promise<void> {
  for (let at = 0; at < number; at += 1) {
    await insertRuleVersion(connection, {
      toml: "",
      comment: "",
      source: "console",
      actorId: null,
      actorName: "test",
      basedOn: null,
      applies: at === number - 1 ? "now" : "new-sessions",
      publishedAt: new Date(nowMs),
    });
  }
}
