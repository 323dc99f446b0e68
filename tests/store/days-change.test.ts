import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { readCostSeries } from "#control/costs/series.ts";
import { readCostTable } from "#control/costs/table.ts";
import { type ControlDeps, makeControlDeps } from "#control/deps.ts";
import { signIn } from "#control/session/sign-in.ts";
import { changeSettings } from "#control/settings/change.ts";
import { readSettings } from "#control/settings/read.ts";
import { operatorActor } from "#core/access/actor.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { addDays, toDayKey } from "#core/time/instant.ts";
import { dayZone, stepDays } from "#store/days-change.ts";
import { rebuildDays, recordEvents } from "#store/ledger-writes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { sumRollupDays } from "#store/rollups.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { goodPassword, makeControlWorld } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

const operator = operatorActor("test");
const now = Date.parse("2026-11-22T12:00:00Z");
const DAY_MS = 86_400_000;
const always = { fromDay: "0000", toDay: "9999" };
/** So short that every step is one day. */
const ONE_DAY = 0;

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server?.stop());

const eventAt = (ms: number): RequestEvent =>
  makeEvent({ startedAtMs: ms, endedAtMs: ms + 900, costNanoUsd: "7", costs: null });

describe.each([
  ["SQLite", async () => `file:${scratchFolder()}/cco.db`],
  ["PostgreSQL", () => server.newMigratedDatabase()],
])("a change of the reporting zone on %s", (_kind, newUrl) => {
  async function open(): Promise<{ url: string; sql: SqlConnection; deps: ControlDeps }> {
    const url = await newUrl();
    await migrateDatabase(url);
    const sql = await openSqlConnection(url);
    const deps = await makeControlDeps(
      {
        ...{
          databaseUrl: url,
          dataDir: scratchFolder(),
          archiveFolder: "archive",
          keepEventsDays: 0,
          backups: { everyHours: 0, keep: 14, folder: null, bucket: null },
          rulesFile: "rules.toml",
          publicUrl: null,
          reportingZone: null,
        },
        ...{ isDemo: false, sessionSecret: "a secret of more than thirty-two characters", oidc: null },
        callerKeys: { isRequired: true, hasOperatorKey: true },
        alerts: { smtpUrl: null, smtpFrom: "", hosts: [] },
      },
      () => new Date(now),
    );
    onTestFinished(async () => {
      await sql.close();
      await deps.db.$disconnect();
    });
    return { url, sql, deps };
  }

  const byDay = (events: readonly RequestEvent[], zone: string) => {
    const sums = new Map<string, bigint>();
    for (const { startedAtMs } of events) {
      const day = toDayKey(startedAtMs, zone);
      sums.set(day, (sums.get(day) ?? 0n) + 1n);
    }
    return Object.fromEntries([...sums].sort());
  };
  const storedDays = async (sql: SqlConnection) =>
    Object.fromEntries((await sumRollupDays(sql, always, ["day"])).map(({ day, requests }) => [day, requests]).sort());

  it("keeps the old days in force until the new ones are complete, then switches all together", async () => {
    const { sql, deps } = await open();
    const ms = fc.integer({ min: now - 12 * DAY_MS, max: now - 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(ms, { minLength: 1, maxLength: 15 }),
        fc.array(fc.array(ms, { maxLength: 4 }), { maxLength: 20 }),
        fc.constantFrom("Asia/Kolkata", "America/New_York", "Asia/Kathmandu", "UTC"),
        async (first, later, zone) => {
          await sql.all("DELETE FROM event_row");
          await sql.all("DELETE FROM rollup_quarter");
          await sql.all("DELETE FROM rollup_day");
          await rebuildDays(sql, "Europe/Berlin", new Date(now));
          const events = first.map(eventAt);
          await recordEvents(sql, events);
          for (const arriving of [...later, ...Array.from({ length: 20 }, () => [])]) {
            const { isChanging } = await stepDays(sql, zone, new Date(now), ONE_DAY);
            const inForce = isChanging ? "Europe/Berlin" : zone;
            const fresh = arriving.map(eventAt);
            await recordEvents(sql, fresh);
            events.push(...fresh);

            expect(await storedDays(sql)).toEqual(byDay(events, inForce));
            const table = await readCostTable(operator, "day", { range: "30d" }, deps);
            const series = await readCostSeries(operator, { range: "30d" }, deps);
            expect([table.range.zone, series.range.zone]).toEqual([inForce, inForce]);
            expect(series.total.requests).toBe(table.total.requests);
          }
          expect(await dayZone(sql, false)).toBe(zone);
          expect(await verifyLedger(sql)).toMatchObject({ ok: true });
          expect(await sql.all("SELECT * FROM rollup_day_next")).toEqual([]);
        },
      ),
      { numRuns: 6 },
    );
  });

  it("reports its progress and accepts another choice meanwhile", async () => {
    const { sql, deps } = await open();
    const events = Array.from({ length: 10 }, (_, at) => eventAt(now - at * DAY_MS));
    await recordEvents(sql, events);
    await stepDays(sql, "UTC", new Date(now));
    await changeSettings(operator, { reportingZone: "Asia/Kolkata" }, deps);

    expect(await readSettings(operator, deps)).toMatchObject({
      reportingZone: "Asia/Kolkata",
      zoneInForce: "UTC",
      zoneChange: { to: "Asia/Kolkata", daysDone: 0, daysTotal: 0 },
    });
    for (let step = 0; step < 4; step += 1) await stepDays(sql, "Asia/Kolkata", new Date(now), ONE_DAY);
    expect((await readSettings(operator, deps)).zoneChange).toEqual({ to: "Asia/Kolkata", daysDone: 4, daysTotal: 10 });

    // Another zone begins again from the first day, and back to the zone in force ends the change.
    await stepDays(sql, "America/New_York", new Date(now), ONE_DAY);
    expect(await storedDays(sql)).toEqual(byDay(events, "UTC"));
    expect(await stepDays(sql, "UTC", new Date(now))).toEqual({ zone: "UTC", isChanging: false });
    expect(await sql.all("SELECT * FROM rollup_day_next")).toEqual([]);
    await rebuildDays(sql, "Asia/Kolkata", new Date(now));
    expect(await readSettings(operator, deps)).toMatchObject({ zoneInForce: "Asia/Kolkata", zoneChange: null });
    expect(await storedDays(sql)).toEqual(byDay(events, "Asia/Kolkata"));
  });

  it("takes effect immediately when nothing was recorded", async () => {
    const { sql } = await open();

    expect(await stepDays(sql, "Europe/Berlin", new Date(now))).toEqual({ zone: "Europe/Berlin", isChanging: false });
  });

  it("is shared by two instances that take steps at the same time while records arrive", async () => {
    const { url, sql } = await open();
    const other = await openSqlConnection(url);
    onTestFinished(() => other.close());
    const events = Array.from({ length: 40 }, (_, at) => eventAt(now - at * DAY_MS));
    await recordEvents(sql, events);
    const more = Array.from({ length: 30 }, (_, at) => eventAt(now - at * DAY_MS - 5_000));
    const step = async (connection: SqlConnection) => {
      const { isChanging } = await stepDays(connection, "Asia/Tokyo", new Date(now), ONE_DAY);
      const next = isChanging ? more.pop() : undefined;
      if (next === undefined) return isChanging;
      events.push(next);
      await recordEvents(connection, [next]);
      return isChanging;
    };
    // The driver of SQLite waits for a lock without letting the other transaction of this thread go on.
    const both = url.startsWith("file:")
      ? async () => (await step(sql)) && (await step(other))
      : async () => (await Promise.all([step(sql), step(other)])).every(Boolean);

    while (await both());

    expect(await storedDays(sql)).toEqual(byDay(events, "Asia/Tokyo"));
    expect(await verifyLedger(sql)).toMatchObject({ ok: true });
  });
});

it("people can sign in while a long history is rebuilt for another zone", async () => {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  const person = await world.person("owner");
  const first = Date.parse("2024-11-22T10:00:00Z");
  await world.record(
    Array.from({ length: 700 }, (_, at) => eventAt(Date.parse(`${addDays("2024-11-22", at)}T10:00:00Z`))),
  );
  expect(toDayKey(first, "UTC")).toBe("2024-11-22");
  const sql = await openSqlConnection(`file:${world.deps.config.dataDir}/cco.db`);
  onTestFinished(() => sql.close());
  let steps = 0;
  let isDone = false;
  const change = (async () => {
    do steps += 1;
    while ((await stepDays(sql, "Asia/Kolkata", world.deps.now(), 5)).isChanging);
    isDone = true;
  })();
  let signedIn = 0;
  while (!isDone) {
    await signIn({ email: person.email, password: goodPassword }, "192.0.2.1", world.deps);
    signedIn += 1;
  }
  await change;

  expect(steps).toBeGreaterThan(1);
  expect(signedIn).toBeGreaterThan(0);
});
