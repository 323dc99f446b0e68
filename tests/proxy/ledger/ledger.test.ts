// Long because one thread with its database and spool serves all promises about what reaches the database.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { recordOfOverride } from "#core/activity/recorded-edits.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { LedgerClient } from "#proxy/ledger/client/ledger-client.ts";
import { type LedgerOptions, startLedger } from "#proxy/ledger/client/ledger-thread.ts";
import { openSpool } from "#proxy/spool/open-spool.ts";
import type { Spool } from "#proxy/spool/spool.ts";
import { openDatabase } from "#store/client.ts";
import { eventById, listEvents } from "#store/events.ts";
import { putInstance } from "#store/instances.ts";
import { recordEvents } from "#store/ledger-writes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { bumpRevision } from "#store/revision.ts";
import { sumRollupDays } from "#store/rollups.ts";
import { writeSetting } from "#store/settings.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inTransaction } from "#store/transaction.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { makeEvent, toOpenRecord } from "#tests/support/make-event.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";
import { workerUrl } from "#tests/support/worker-url.ts";

const REPORT = {
  hostname: "box",
  pid: 7,
  startedAtMs: 1000,
  rulesVersion: 3,
  rulesHash: "x",
  rulesProblem: null,
  fileReadOnly: false,
};
const always = { fromDay: "0000", toDay: "9999" };

interface Set {
  dir: string;
  url: string;
  spool: Spool;
  ledger: LedgerClient;
}

function start(dir = scratchFolder(), instanceId = "ins_one", options: Partial<LedgerOptions> = {}): Set {
  const url = `file:${join(dir, "cco.db")}`;
  const spoolDir = join(dir, "spool");
  const spool = openSpool({ dir: spoolDir, instanceId, reserveBytes: 0 });
  const ledger = startLedger({
    databaseUrl: url,
    spoolDir,
    instanceId,
    reportingZone: null,
    workerUrl,
    spool,
    ...options,
  });
  onTestFinished(async () => {
    await spool.end();
    await ledger.stop(2000);
  });
  return { dir, url, spool, ledger };
}

async function idsIn(url: string): Promise<string[]> {
  const connection = await openSqlConnection(url);
  const rows = await listEvents(connection, {}, { take: 100_000 }).finally(() => connection.close());
  return rows.map((event) => event.id).sort();
}

const send = (spool: Spool, events: readonly RequestEvent[]) => {
  for (const event of events) {
    spool.open(toOpenRecord(event));
    spool.close(event);
  }
};

describe("the ledger", () => {
  it("brings closed requests into the database, the rollups and the statistics", async () => {
    const { url, spool, ledger } = start();
    await ledger.ready;
    const events = [
      makeEvent(),
      makeEvent({ project: "app" }),
      makeEvent({ decision: "pass", servedModel: "claude-opus-4-8" }),
    ];

    send(spool, events);

    await eventually(() => expect(ledger.stats().totals.requests).toBe(3));
    expect(await idsIn(url)).toEqual(events.map((event) => event.id).sort());
    const stats = ledger.stats();
    expect(stats.overridesByPair).toMatchObject([
      {
        requestedModel: "claude-opus-4-8",
        servedModel: "claude-sonnet-5-5",
        count: 2,
        unpriced: 0,
        money: { overridden: { savedNanoUsd: 40_000_000n } },
      },
    ]);
    expect(stats.byProject.map(({ project, requests }) => [project, requests]).sort()).toEqual([
      ["app", 1],
      ["website", 2],
    ]);
    expect(stats.byDay).toEqual([
      {
        day: "2026-11-18",
        requests: 3,
        money: { cost: 61_650_000n, saved: 60_000_000n, avoided: 0n, fullPrice: 121_650_000n, planValue: 0n },
      },
    ]);
    await eventually(() => expect(spool.backlog()).toEqual({ bytes: 0, oldestMs: null, dropped: 0, state: "ok" }));
  });

  it("counts as unpriced of a pair only metered answers whose saving is not known", async () => {
    const { spool, ledger } = start();
    await ledger.ready;
    const unpriced = { costs: null, costNanoUsd: null, baselineNanoUsd: null, savedNanoUsd: null };
    const toUnknown = { servedModel: "mock-model", ...unpriced };
    const refused = { ended: "error", status: 529, errorType: "overloaded_error", usageState: "none" } as const;
    send(spool, [
      makeEvent(toUnknown),
      makeEvent({ ...toUnknown, billingMode: "subscription" }),
      makeEvent({ ...toUnknown, ...refused }),
      makeEvent({ requestedModel: "mock-model", baselineNanoUsd: null, savedNanoUsd: null }),
      makeEvent({ requestedModel: "mock-model", ...unpriced, ...refused }),
    ]);

    await eventually(() => expect(ledger.stats().totals.requests).toBe(5));
    expect(ledger.stats().overridesByPair).toMatchObject([
      { servedModel: "mock-model", count: 3, unpriced: 1 },
      { requestedModel: "mock-model", count: 2, unpriced: 1 },
    ]);
  });

  it("stops with an empty spool and every event written", async () => {
    const { dir, url, spool, ledger } = start();
    const events = Array.from({ length: 2500 }, () => makeEvent());
    send(spool, events);

    await spool.end();
    await ledger.stop();

    expect(await idsIn(url)).toHaveLength(2500);
    expect(readdirSync(join(dir, "spool"))).toEqual([]);
  });

  it("keeps the statistics across a restart", async () => {
    const first = start();
    send(first.spool, [makeEvent(), makeEvent()]);
    await first.spool.end();
    await first.ledger.stop();

    const { ledger } = start(first.dir, "ins_two");
    await ledger.ready;

    expect(ledger.stats().totals).toMatchObject({ requests: 2, money: { cost: 41_100_000n } });
  });

  it("publishes changes of keys, rules and settings within one poll", async () => {
    const { url, ledger } = start();
    await ledger.ready;
    expect(ledger.state()).toMatchObject({ revision: 0, rules: null, proxyKeys: [], hasPeople: false });
    const db = await openDatabase(url);
    onTestFinished(() => db.$disconnect());

    await inTransaction(db, async (tx) => {
      const at = new Date();
      const person = { id: "per_1", email: "a@example.com", name: "A", role: "developer", createdAt: at };
      await tx.person.create({ data: person });
      const gone = { id: "per_2", email: "b@example.com", name: "B", role: "developer", createdAt: at, disabledAt: at };
      await tx.person.create({ data: gone });
      const key = { name: "k", hint: "abcd", createdAt: at };
      await tx.proxyKey.create({ data: { ...key, id: "key_1", keyHash: "h1", personId: "per_1", team: "core" } });
      await tx.proxyKey.create({ data: { ...key, id: "key_2", keyHash: "h2", revokedAt: at } });
      await tx.proxyKey.create({ data: { ...key, id: "key_3", keyHash: "h3", personId: "per_2" } });
      await writeSetting(tx, "organisation", "Acme", at);
      await bumpRevision(tx);
    });

    await eventually(() => expect(ledger.state()?.revision).toBe(1));
    expect(ledger.state()).toMatchObject({
      proxyKeys: [
        { id: "key_1", name: "k", keyHash: "h1", personEmail: "a@example.com", team: "core", expiresAtMs: null },
      ],
      settings: { organisation: "Acme", reportingZone: "UTC" },
      hasPeople: true,
    });
  });

  it("records the rules file in the history once", async () => {
    const { url, ledger } = start();

    expect(await ledger.ingestRulesFile("a = 1\n")).toEqual({ version: 1, changed: true });
    expect(await ledger.ingestRulesFile("a = 1\n")).toEqual({ version: 1, changed: false });
    expect(await ledger.ingestRulesFile("a = 2\n")).toEqual({ version: 2, changed: true });
    await eventually(() => expect(ledger.state()?.rules).toMatchObject({ number: 2, toml: "a = 2\n" }));

    const db = await openDatabase(url);
    onTestFinished(() => db.$disconnect());
    expect(
      await db.ruleVersion.findMany({
        select: { number: true, source: true, actorName: true },
        orderBy: { number: "asc" },
      }),
    ).toEqual([
      { number: 1, source: "file", actorName: "Rules file" },
      { number: 2, source: "file", actorName: "Rules file" },
    ]);
    expect(await db.auditEntry.count({ where: { action: "rules.publish" } })).toBe(2);
  });

  it("rebuilds the days from quarter-hours after a change of the reporting zone", async () => {
    const { url, spool, ledger } = start();
    await ledger.ready;
    // 23:30 UTC on the 17th is the 18th in Kathmandu (+05:45).
    send(spool, [makeEvent({ startedAtMs: Date.parse("2026-11-17T23:30:00Z") })]);
    await eventually(() => expect(ledger.stats().byDay.map((day) => day.day)).toEqual(["2026-11-17"]));
    const db = await openDatabase(url);
    onTestFinished(() => db.$disconnect());

    await inTransaction(db, async (tx) => {
      await writeSetting(tx, "reporting-zone", "Asia/Kathmandu", new Date());
      await bumpRevision(tx);
    });

    await eventually(() => expect(ledger.stats().byDay.map((day) => day.day)).toEqual(["2026-11-18"]));
    send(spool, [makeEvent({ startedAtMs: Date.parse("2026-11-18T18:20:00Z") })]);
    await eventually(() => expect(ledger.stats().byDay.map((day) => day.day)).toEqual(["2026-11-18", "2026-11-19"]));
    expect((await sumRollupDays(db, always, ["day"])).map((row) => [row.day, row.requests]).sort()).toEqual([
      ["2026-11-18", 1n],
      ["2026-11-19", 1n],
    ]);
  });

  it("reports the instance and the use of keys", async () => {
    const { url, ledger } = start();
    await ledger.ready;
    const db = await openDatabase(url);
    onTestFinished(() => db.$disconnect());
    await db.proxyKey.create({ data: { id: "key_1", keyHash: "h", name: "k", hint: "abcd", createdAt: new Date() } });

    ledger.reportInstance(REPORT);
    ledger.noteKeyUse("key_1");

    await eventually(async () =>
      expect(await db.instance.findMany()).toMatchObject([{ id: "ins_one", rulesVersion: 3 }]),
    );
    ledger.reportInstance({ ...REPORT, rulesVersion: 4, rulesProblem: "line 3: no" });
    await eventually(async () =>
      expect(await db.instance.findMany()).toMatchObject([{ rulesVersion: 4, rulesProblem: "line 3: no" }]),
    );
    await eventually(async () => expect((await db.proxyKey.findFirst())?.lastUsedAt).toBeInstanceOf(Date));
  });

  it("shows within seconds what another instance has recorded", async () => {
    const { url, spool, ledger } = start();
    send(spool, [makeEvent({ costNanoUsd: "1000" })]);
    await eventually(() => expect(ledger.stats().totals.requests).toBe(1));
    const other = await openSqlConnection(url);
    onTestFinished(() => other.close());

    await recordEvents(other, [makeEvent({ costNanoUsd: "2000" }), makeEvent({ costNanoUsd: "4000" })]);

    const begunTick = performance.now();
    await eventually(() => expect(ledger.stats().totals.requests).toBe(3));
    expect(ledger.stats().totals.money.cost).toBe(7000n);
    // It was a minute; two seconds are the rest between two looks, and a busy machine may take its time.
    expect(performance.now() - begunTick).toBeLessThan(45_000);
  });

  it("sets poisoned records aside and continues", async () => {
    const { dir, url, spool, ledger } = start();
    const before = makeEvent();
    const after = makeEvent();
    send(spool, [before]);
    spool.close({ ...makeEvent(), usage: null } as unknown as RequestEvent);
    spool.close(makeEvent({ costNanoUsd: "12.5" }));
    send(spool, [after]);

    await eventually(() => expect(ledger.poisoned()).toBe(2));
    await eventually(async () => expect(await idsIn(url)).toEqual([before.id, after.id].sort()));
    const bad = readFileSync(join(dir, "spool", "ins_one.bad"), "utf8")
      .trim()
      .split("\n");
    expect(bad.map((line) => JSON.parse(line).reason)).toEqual(["usage is missing", "cost_nano_usd is no amount"]);
    expect(statSync(join(dir, "spool", "ins_one.bad")).mode & 0o777).toBe(0o600);
  });

  it("keeps spooling while the database is locked, and catches up", async () => {
    const { url, spool, ledger } = start();
    await ledger.ready;
    const holder = await openSqlConnection(url);
    onTestFinished(() => holder.close());
    await holder.all("BEGIN IMMEDIATE");
    const events = Array.from({ length: 50 }, () => makeEvent());

    send(spool, events);
    await eventually(() => expect(ledger.problem()).toContain("locked"));
    const { bytes, oldestMs } = spool.backlog();
    expect(bytes).toBeGreaterThan(20_000);
    expect(oldestMs).not.toBeNull();
    await holder.all("ROLLBACK");

    await eventually(async () => expect(await idsIn(url)).toHaveLength(50));
    await eventually(() => expect(ledger.problem()).toBeNull());
    await eventually(() => expect(spool.backlog().bytes).toBe(0));
  });

  it("refuses a database that a newer release has used", async () => {
    const dir = scratchFolder();
    const url = `file:${join(dir, "cco.db")}`;
    await migrateDatabase(url);
    const connection = await openSqlConnection(url);
    await connection.all("UPDATE _prisma_migrations SET migration_name = '20991231000000_later'");
    await connection.close();

    const { ledger } = start(dir);

    await expect(ledger.ready).rejects.toMatchObject({ name: "LedgerUnusable", code: "newer" });
    expect(ledger.problem()).toContain("newer CCO");
  });
});

describe("the spool of a dead instance", () => {
  it("is adopted: closed requests are written, open ones are interrupted, in older layouts too", async () => {
    const { dir, url, spool, ledger } = start();
    await ledger.ready;
    const dead = openSpool({ dir: join(dir, "spool"), instanceId: "ins_dead", reserveBytes: 0 });
    const closed = makeEvent({ instanceId: "ins_dead" });
    const begun = makeEvent({
      instanceId: "ins_dead",
      requestedModel: "claude-opus-4-8",
      servedModel: "claude-haiku-4-5",
      edits: recordOfOverride([]),
    });
    const unknown = makeEvent({ instanceId: "ins_dead" });
    const withoutEdits = <T extends { edits: string | null }>({ edits: _, ...older }: T) => older as T;
    send(dead, [withoutEdits(closed)]);
    dead.open(toOpenRecord(begun));
    dead.open(withoutEdits(toOpenRecord(unknown)));
    const usage = { ...begun.usage, outputTokens: 1 };
    dead.started({
      id: begun.id,
      atMs: Date.now(),
      usage,
      context: { serviceTier: "standard", speed: null, inferenceGeo: null },
      answeredModel: "claude-haiku-4-5",
      upstreamRequestId: "req_1",
    });
    await dead.end(); // gives up its lock, as death does
    const connection = await openSqlConnection(url);
    onTestFinished(() => connection.close());
    for (const id of ["ins_dead", "ins_elsewhere"]) await putInstance(connection, id, REPORT, new Date());

    const second = startLedger({
      databaseUrl: url,
      spoolDir: join(dir, "spool"),
      instanceId: "ins_two",
      reportingZone: null,
      workerUrl,
    });
    onTestFinished(() => second.stop(2000));

    await eventually(async () => expect(await idsIn(url)).toEqual([closed.id, begun.id, unknown.id].sort()));
    expect(await eventById(connection, begun.id)).toMatchObject({
      ended: "interrupted",
      usageState: "estimated",
      usage,
      answeredModel: "claude-haiku-4-5",
      edits: begun.edits,
      upstreamRequestId: "req_1",
      costNanoUsd: expect.stringMatching(/^[1-9]/),
    });
    expect(await eventById(connection, closed.id)).toEqual(closed);
    expect(await eventById(connection, unknown.id)).toMatchObject({
      ended: "interrupted",
      edits: null,
      usageState: "none",
      costNanoUsd: null,
    });
    await eventually(() => expect(existsSync(join(dir, "spool", "ins_dead"))).toBe(false));
    // Else the alert on silent instances would wait for it for a week.
    const rows = await connection.all("SELECT id FROM instance ORDER BY id", []);
    expect(rows.map(({ id }) => id)).toEqual(["ins_elsewhere"]);
    expect(existsSync(join(dir, "spool", "ins_one"))).toBe(true);
    expect(await verifyLedger(connection)).toMatchObject({ ok: true, events: 3 });
    expect(spool.backlog().state).toBe("ok");
  });

  it("is left alone while its instance lives", async () => {
    const { dir, url, ledger } = start();
    await ledger.ready;
    const living = openSpool({ dir: join(dir, "spool"), instanceId: "ins_living", reserveBytes: 0 });
    onTestFinished(() => living.end());
    const open = makeEvent({ instanceId: "ins_living" });
    living.open(toOpenRecord(open));

    const second = startLedger({
      databaseUrl: url,
      spoolDir: join(dir, "spool"),
      instanceId: "ins_two",
      reportingZone: null,
      workerUrl,
    });
    await second.ready;
    await second.stop();

    expect(await idsIn(url)).toEqual([]);
    expect(readdirSync(join(dir, "spool", "ins_living"))).toEqual(["00000001.log"]);
  });
});
