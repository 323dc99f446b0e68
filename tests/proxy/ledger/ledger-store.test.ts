// Long because every promise is made for both databases, which are set up once.

import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { eventCosts, priceRequest } from "#core/costs/price-request.ts";
import { rollupMeasures, summedMeasures } from "#core/costs/rollup.ts";
import { toDayKey } from "#core/time/instant.ts";
import { commitEvents } from "#proxy/ledger/thread/commit-events.ts";
import { StatsMirror } from "#proxy/ledger/thread/stats-mirror.ts";
import { appendAudit, verifyAudit } from "#store/audit.ts";
import { type Database, openDatabase } from "#store/client.ts";
import { eventById, insertEvents, listEvents } from "#store/events.ts";
import { rebuildDays, rebuildRollups, recordEvents, recordWithSums } from "#store/ledger-writes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { queryRows } from "#store/raw.ts";
import { bumpRevision, readRevision } from "#store/revision.ts";
import { sumRollupDays, sumRollupQuarters } from "#store/rollups.ts";
import { insertRuleVersion, latestRuleVersion, listRuleVersions } from "#store/rule-versions.ts";
import { readSetting, writeSetting } from "#store/settings.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inTransaction } from "#store/transaction.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { arbitraryEvent } from "#tests/support/arbitrary-event.ts";
import { runChild } from "#tests/support/child.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { rounds } from "#tests/support/rounds.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server?.stop());

const always = { fromDay: "0000", toDay: "9999" };

describe.each([
  ["SQLite", async () => `file:${scratchFolder()}/cco.db`],
  ["PostgreSQL", () => server.newMigratedDatabase()],
])("the store on %s", (_kind, newUrl) => {
  async function open(): Promise<{ url: string; db: Database; sql: SqlConnection }> {
    const url = await newUrl();
    await migrateDatabase(url);
    const [db, sql] = [await openDatabase(url), await openSqlConnection(url)];
    onTestFinished(async () => {
      await sql.close();
      await db.$disconnect();
    });
    return { url, db, sql };
  }

  it("keeps every field of an event, read either way", async () => {
    const { db, sql } = await open();
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryEvent, { minLength: 1, maxLength: 20 }), async (events) => {
        await recordEvents(sql, events);
        for (const event of events) {
          // Costs are all there or not at all; so is what is read back.
          expect(await eventById(sql, event.id)).toEqual(event);
          expect(await eventById(db, event.id)).toEqual(event);
        }
      }),
      { numRuns: 5 },
    );
  });

  it("keeps every field of events in one batch, alike, mixed, or already stored", async () => {
    const { sql } = await open();
    const alike = (count: number) => Array.from({ length: count }, () => makeEvent({ project: "one" }));
    const [old] = alike(1) as [RequestEvent];
    await recordEvents(sql, [old]);
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryEvent, { minLength: 20, maxLength: 45 }), async (mixed) => {
        const batches = [alike(47), mixed, [...alike(7), old, ...alike(18)], [...mixed.slice(0, 3), ...alike(22)]];
        for (const batch of batches) {
          await recordEvents(sql, batch);
          for (const event of batch) expect(await eventById(sql, event.id)).toEqual(event);
        }
      }),
      { numRuns: rounds(4) },
    );
    expect(await verifyLedger(sql)).toMatchObject({ ok: true });
  });

  it("counts an event once, however often it is sent", async () => {
    const { sql } = await open();
    const events = Array.from({ length: 10 }, () => makeEvent());

    expect(await recordEvents(sql, [...events, ...events.slice(0, 3)])).toHaveLength(10);
    expect(await recordEvents(sql, events)).toEqual([]);
    expect(await recordEvents(sql, [...events.slice(5), makeEvent()])).toHaveLength(1);

    const [total] = await sumRollupDays(sql, always, []);
    expect(total).toMatchObject({ requests: 11n, costNanoUsd: 11n * 20_550_000n });
    expect(await verifyLedger(sql)).toMatchObject({ ok: true, events: 11 });
  });

  it("rolls back events and sums together", async () => {
    const { sql } = await open();
    await sql.all("ALTER TABLE rollup_day RENAME TO elsewhere");
    await expect(recordEvents(sql, [makeEvent()])).rejects.toThrow(/rollup_day/);
    await sql.all("ALTER TABLE elsewhere RENAME TO rollup_day");
    expect(await listEvents(sql, {}, { take: 5 })).toEqual([]);
    expect(await verifyLedger(sql)).toMatchObject({ ok: true, events: 0 });
  });

  it("adds up to the events by any dimension, in any zone, also after a rebuild", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(arbitraryEvent, { maxLength: 25 }), { maxLength: 3 }),
        fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"),
        async (batches, zone) => {
          const { db, sql } = await open();
          const events = batches.flat();
          await rebuildDays(sql, "Asia/Kolkata", new Date());
          for (const batch of batches.slice(0, 1)) await recordEvents(sql, batch);
          await rebuildDays(sql, zone, new Date());
          for (const batch of batches.slice(1)) await recordEvents(sql, batch);

          expect(await verifyLedger(sql)).toEqual({
            ok: true,
            opening: null,
            archived: null,
            corrections: { corrections: 0, rows: 0, unchecked: 0 },
            events: events.length,
            unpriced: expect.any(Number),
            repriced: 0,
            otherPriceLists: {},
            differences: 0,
            problems: [],
          });
          expect(sortedSums(await sumRollupDays(db, always, ["day", "project", "ruleVersion"]))).toEqual(
            sortedSums(
              sumEvents(events, (event) => ({
                day: toDayKey(event.startedAtMs, zone),
                project: event.project,
                ruleVersion: event.ruleVersion ?? 0,
              })),
            ),
          );
          await sql.all("UPDATE rollup_quarter SET requests = requests + 1");
          expect((await verifyLedger(sql)).ok).toBe(events.length === 0);
          await rebuildRollups(sql, new Date());
          expect(await verifyLedger(sql)).toMatchObject({ ok: true });
        },
      ),
      { numRuns: 4 },
    );
  });

  it("names the differences in a damaged ledger", async () => {
    const { sql } = await open();
    const event = makeEvent();
    await recordEvents(sql, [event]);
    await sql.all("UPDATE rollup_day SET cost_nano_usd = 1");
    await sql.all("DELETE FROM rollup_quarter");

    const about = expect.stringMatching(/^claude-opus-4-8 → claude-sonnet-5-5, .*project website/);
    expect(await verifyLedger(sql)).toMatchObject({
      ok: false,
      differences: 2,
      problems: [
        { kind: "quarter-hour", which: "2026-11-18T11:00Z", about, state: "missing" },
        { kind: "day", which: "2026-11-18", about, state: "extra" },
      ],
    });
  });

  it("recomputes prices of events with the same price list", async () => {
    const { sql } = await open();
    const catalogue = loadCatalogue();
    const plain = makeEvent({ priceVersion: catalogue.priceVersion });
    const { usage, startedAtMs: atMs } = plain;
    const context = { serviceTier: "standard", speed: null, inferenceGeo: null };
    const priced = priceRequest(
      { requested: "claude-opus-4-8", served: "claude-haiku-4-5", usage, context, atMs },
      catalogue,
    );
    const right = {
      ...plain,
      servedModel: "claude-haiku-4-5",
      costs: priced.costs && eventCosts(priced.costs),
      costNanoUsd: String(priced.cost),
      baselineNanoUsd: String(priced.baseline),
      savedNanoUsd: String(priced.saved),
    };
    await recordEvents(sql, [right, makeEvent(), makeEvent({ costs: null, costNanoUsd: null, savedNanoUsd: null })]);
    expect(await verifyLedger(sql, [catalogue])).toMatchObject({
      ok: true,
      events: 3,
      repriced: 1,
      unpriced: 1,
      otherPriceLists: { test: 2 },
    });

    await recordEvents(sql, [
      { ...right, id: "evt_list", costNanoUsd: "1" },
      makeEvent({ id: "evt_sum", savedNanoUsd: "1" }),
    ]);
    expect(await verifyLedger(sql, [catalogue])).toMatchObject({
      ok: false,
      problems: [
        { which: "evt_list", fields: [{ name: "cost_nano_usd", is: "1", shouldBe: String(priced.cost) }] },
        { which: "evt_sum", fields: [{ name: "saved_nano_usd", is: "1", shouldBe: "20000000" }] },
      ],
    });
  });

  it("filters and groups sums", async () => {
    const { db, sql } = await open();
    await recordEvents(sql, [
      makeEvent({ project: "a", startedAtMs: Date.parse("2026-11-17T10:00:00Z") }),
      makeEvent({ project: "a", startedAtMs: Date.parse("2026-11-18T10:00:00Z"), servedModel: "claude-haiku-4-5" }),
      makeEvent({ project: "b", startedAtMs: Date.parse("2026-11-18T10:20:00Z") }),
    ]);

    const range = { fromDay: "2026-11-17", toDay: "2026-11-18" };
    expect(await sumRollupDays(db, range, ["project"])).toMatchObject([{ project: "a", requests: 1n }]);
    const filtered = { ...always, filters: { project: ["a"], servedModel: ["claude-haiku-4-5", "other"] } };
    expect(await sumRollupDays(db, filtered, [])).toMatchObject([{ requests: 1n }]);
    expect(await sumRollupDays(db, { ...always, filters: { project: [] } }, [])).toMatchObject([
      { requests: 0n, costNanoUsd: 0n },
    ]);
    const hour = { fromMs: Date.parse("2026-11-18T10:00:00Z"), toMs: Date.parse("2026-11-18T10:15:00Z") };
    expect(await sumRollupQuarters(db, hour, ["bucketS", "project"])).toMatchObject([
      { bucketS: Date.parse("2026-11-18T10:00:00Z") / 1000, project: "a", requests: 1n },
    ]);
  });

  it("pages through requests by key, newest first", async () => {
    const { db, sql } = await open();
    const at = Date.parse("2026-11-18T10:00:00Z");
    const events = Array.from({ length: 25 }, (_, n) =>
      makeEvent({
        id: `evt_${String(n).padStart(2, "0")}`,
        startedAtMs: at + (n >> 1),
        project: n % 5 === 0 ? "a" : "b",
      }),
    );
    await sql.transaction(() => insertEvents(sql, events));

    const seen: string[] = [];
    for (let after: { startedAtMs: number; id: string } | undefined; ; ) {
      const page = await listEvents(db, {}, { take: 10, ...(after ? { after } : {}) });
      seen.push(...page.map((event) => event.id));
      after = page.at(-1);
      if (!after) break;
    }
    expect(seen).toEqual(events.map((event) => event.id).reverse());
    expect(await listEvents(db, { project: "a", fromMs: at + 2, toMs: at + 8 }, { take: 10 })).toMatchObject([
      { id: "evt_15" },
      { id: "evt_10" },
      { id: "evt_05" },
    ]);
  });

  it("sets aside a record that the database refuses and stores all others", async () => {
    const { sql } = await open();
    await sql.all("CREATE UNIQUE INDEX one_refused ON event_row (status, started_at_ms) WHERE status = 418");
    const events = Array.from({ length: 9 }, (_, n) =>
      makeEvent({ status: n === 3 || n === 7 ? 418 : 200, startedAtMs: 1_795_000_000_000 }),
    );

    const { quarters, poisoned } = await commitEvents(sql, events);

    expect(quarters.reduce((sum, { measures }) => sum + measures.requests, 0n)).toBe(8n);
    expect(poisoned.map(({ event }) => (event as RequestEvent).id)).toEqual([events[7]?.id]);
    expect(await verifyLedger(sql)).toMatchObject({ ok: true, events: 8 });
  });

  it("stores an event with any text in any of its fields", async () => {
    const { sql } = await open();
    const texts = Object.entries(makeEvent()).flatMap(([name, value]) => (typeof value === "string" ? [name] : []));
    const amounts = ["id", "costNanoUsd", "baselineNanoUsd", "savedNanoUsd", "avoidedNanoUsd", "billingMode"];
    const hostile = ["a\0b", "\ud800", "\uffff", "'; DROP TABLE person; --", "\u0001\u007f\u202e", "x".repeat(20_000)];
    const names = texts.filter((name) => !amounts.includes(name));
    const events = names.flatMap((name) => hostile.map((text) => makeEvent({ [name]: text })));
    events.push(makeEvent({ sessionId: "a\0b\0", agentId: "\0" }));

    const { quarters, poisoned } = await commitEvents(sql, events);

    expect(poisoned).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(["project", "reason", "decision", "servedModel"]));
    expect(quarters.reduce((sum, { measures }) => sum + measures.requests, 0n)).toBe(BigInt(events.length));
    const last = (await listEvents(sql, {}, { take: 1_000 })).find(({ id }) => id === events.at(-1)?.id);
    expect(last).toMatchObject({ sessionId: "a\u2400b\u2400", agentId: "\u2400" });
    expect(await verifyLedger(sql)).toMatchObject({ ok: true });
  });

  it("derives the same statistics from rollups and from events", async () => {
    const { sql } = await open();
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryEvent, { maxLength: 20 }), async (events) => {
        const nowMs = Date.parse("2026-03-31T00:00:00Z");
        const live = await StatsMirror.load(sql, "UTC", nowMs);
        live.add((await recordWithSums(sql, events)).quarters);
        const loaded = (await StatsMirror.load(sql, "UTC", nowMs)).snapshot(nowMs);
        expect(sortedDeep(live.snapshot(nowMs))).toEqual(sortedDeep(loaded));
      }),
      { numRuns: 5 },
    );
  });

  it("returns numbers alike in raw results", async () => {
    const { db, sql } = await open();
    await recordEvents(sql, [makeEvent({ requestBytes: Number.MAX_SAFE_INTEGER }), makeEvent({ requestBytes: 2 })]);
    const query =
      "SELECT COUNT(*) AS n, SUM(request_bytes) AS s, MAX(status) AS m, MIN(team) AS t FROM event_row WHERE started_at_ms > $1";
    const expected = [{ n: 2n, s: BigInt(Number.MAX_SAFE_INTEGER) + 2n, m: 200n, t: null }];
    expect(await queryRows(db, query, [1_700_000_000_000])).toEqual(expected);
    expect(await queryRows(sql, query, [1_700_000_000_000])).toEqual(expected);
  });

  it("runs transactions one after the other beside a writing ledger", async () => {
    const { url, db, sql } = await open();
    const writing = runChild("record-events", { url, count: 200 });
    await eventually(async () => expect(await listEvents(sql, {}, { take: 1 })).toHaveLength(1));

    const rounds = Array.from({ length: 20 }, () =>
      inTransaction(db, async (tx) => {
        const before = await readRevision(tx);
        await wait(2); // the ledger would commit in between
        const counted = Number((await readSetting(tx, "counted")) ?? "0");
        await writeSetting(tx, "counted", String(counted + 1), new Date());
        expect(await bumpRevision(tx)).toBe(before + 1);
      }),
    );
    await Promise.all([writing, ...rounds]);

    expect(await verifyLedger(sql)).toMatchObject({ ok: true, events: 200 });
    expect(await readSetting(db, "counted")).toBe("20");
    expect(await readRevision(db)).toBe(20);
  });

  it("chains the audit log and detects changed, removed and inserted entries", async () => {
    const { db } = await open();
    const entry = (n: number) => ({
      at: new Date(Date.UTC(2026, 10, 18, 10, 0, 0, n)),
      actorKind: "person",
      actorId: "per_1",
      actorName: "Ünï",
      via: "console",
      address: null,
      action: "rules.publish",
      objectKind: null,
      objectId: null,
      before: null,
      after: JSON.stringify({ n }),
    });
    expect(await verifyAudit(db)).toMatchObject({ ok: true, entries: 0 });
    await Promise.all(Array.from({ length: 12 }, (_, n) => inTransaction(db, (tx) => appendAudit(tx, entry(n)))));
    expect(await verifyAudit(db)).toMatchObject({ ok: true, entries: 12 });

    const newest = await db.auditEntry.findFirstOrThrow({ orderBy: { id: "desc" } });
    await db.auditEntry.delete({ where: { id: newest.id } });
    expect(await verifyAudit(db)).toEqual({ ok: false, entries: 11, brokenAtId: null });
    await db.auditEntry.create({ data: newest });
    expect(await verifyAudit(db)).toEqual({ ok: true, entries: 12, head: newest.hash });

    const [, , third, fourth] = await db.auditEntry.findMany({ orderBy: { id: "asc" } });
    if (!third || !fourth) throw new Error("no entries");
    await db.auditEntry.update({ where: { id: third.id }, data: { actorName: "Another person" } });
    expect(await verifyAudit(db)).toEqual({ ok: false, entries: 2, brokenAtId: third.id });
    await db.auditEntry.delete({ where: { id: third.id } });
    expect(await verifyAudit(db)).toEqual({ ok: false, entries: 2, brokenAtId: fourth.id });
  });

  it("numbers rule versions without gap or duplicate", async () => {
    const { db } = await open();
    const version = (n: number) => ({
      toml: `n = ${n}`,
      comment: "c",
      source: "console" as const,
      actorId: null,
      actorName: "A",
      basedOn: null,
      applies: "now" as const,
      publishedAt: new Date(),
    });
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => inTransaction(db, (tx) => insertRuleVersion(tx, version(n)))),
    );

    expect((await listRuleVersions(db)).map((row) => row.number)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    expect((await listRuleVersions(db, { before: 4, take: 2 })).map((row) => row.number)).toEqual([3, 2]);
    expect((await latestRuleVersion(db))?.number).toBe(8);
  });

  it("cascades and restricts as the schema says, through both clients", async () => {
    const { db, sql } = await open();
    const at = new Date();
    await db.person.create({ data: { id: "per_1", email: "a@example.com", name: "A", role: "owner", createdAt: at } });
    await db.identity.create({ data: { provider: "p", subject: "s", personId: "per_1" } });
    await expect(
      db.person.create({ data: { id: "per_2", email: "a@example.com", name: "A", role: "owner", createdAt: at } }),
    ).rejects.toMatchObject({ code: "P2002" });
    expect((await db.person.findFirst())?.createdAt).toEqual(at);
    await sql.all("DELETE FROM person");
    expect(await db.identity.count()).toBe(0);
  });
});

type Sums = Record<string, unknown>;

function sumEvents(
  events: readonly RequestEvent[],
  by: (event: RequestEvent) => Record<string, string | number>,
): Sums[] {
  const groups = new Map<string, Record<string, unknown>>();
  for (const event of events) {
    const dims = by(event);
    const measures = rollupMeasures(event);
    const group = groups.get(JSON.stringify(dims)) ?? { ...dims, lastAtMs: 0n };
    groups.set(JSON.stringify(dims), group);
    for (const name of summedMeasures) group[name] = ((group[name] as bigint | undefined) ?? 0n) + measures[name];
    if (measures.lastAtMs > (group.lastAtMs as bigint)) group.lastAtMs = measures.lastAtMs;
  }
  return [...groups.values()];
}

const toJson = (value: unknown) =>
  JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? `${inner}n` : inner));
const sortedKeys = (row: Sums): Sums =>
  Object.fromEntries(Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1)));
const sortedSums = (rows: readonly Sums[]): Sums[] =>
  rows.map(sortedKeys).sort((one, other) => (toJson(one) < toJson(other) ? -1 : 1));

/** Sorts lists, because equal amounts come in any order. */
function sortedDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedDeep).sort((one, other) => (toJson(one) < toJson(other) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  return sortedKeys(Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, sortedDeep(inner)])));
}
