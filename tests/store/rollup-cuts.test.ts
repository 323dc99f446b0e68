import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { rollupDims, rollupMeasures, summedMeasures } from "#core/costs/rollup.ts";
import { addDays, toDayKey } from "#core/time/instant.ts";
import { buildNextCuts, readCutRuns } from "#store/cut-days.ts";
import { stepDays } from "#store/days-change.ts";
import { rebuildRollups, recordEvents } from "#store/ledger-writes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import type { RollupDim } from "#store/rollup-columns.ts";
import { findCut, ROLLUP_CUTS } from "#store/rollup-cuts.ts";
import { type RollupFilters, sumRollupDays } from "#store/rollups.ts";
import { settingKey, writeSetting } from "#store/settings.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { arbitraryEvent } from "#tests/support/arbitrary-event.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

const always = { fromDay: "0000", toDay: "9999" };
/** Two days after the last of `arbitraryEvent`: all of its days are closed. */
const later = new Date("2026-04-02T12:00:00Z");
/** Half hours, summer time in the night from 28 to 29 March, and a day that is another one. */
const ZONES = ["Europe/Berlin", "Asia/Kolkata", "America/Los_Angeles"] as const;

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server?.stop());

/** The same sums, added up here from the events alone. */
function sumEvents(
  events: readonly RequestEvent[],
  zone: string,
  filters: RollupFilters,
  by: readonly (RollupDim | "day")[],
): Map<string, string> {
  const sums = new Map<string, Record<string, bigint>>();
  for (const event of events) {
    const dims = rollupDims(event);
    const isKept = Object.entries(filters).every(([name, allowed]) => allowed?.includes(dims[name as RollupDim]));
    if (!isKept) continue;
    const day = toDayKey(Math.floor(event.startedAtMs / 900_000) * 900_000, zone);
    const key = by.map((name) => (name === "day" ? day : dims[name])).join(" ");
    const sum = sums.get(key) ?? {};
    sums.set(key, sum);
    const measures = rollupMeasures(event);
    for (const name of summedMeasures) sum[name] = (sum[name] ?? 0n) + measures[name];
    const last = sum.lastAtMs ?? 0n;
    sum.lastAtMs = measures.lastAtMs > last ? measures.lastAtMs : last;
  }
  return new Map([...sums].map(([key, sum]) => [key, formatSums(sum)]));
}

const formatSums = (sum: Record<string, bigint>): string =>
  [...summedMeasures, "lastAtMs"].map((name) => `${name} ${sum[name]}`).join(", ");

async function readSums(sql: SqlConnection, filters: RollupFilters, by: readonly (RollupDim | "day")[]) {
  const rows = await sumRollupDays(sql, { ...always, filters }, by);
  const byName = rows.map((row) => row as unknown as Record<string, bigint | string | number>);
  return new Map(
    byName.map((row) => [by.map((name) => row[name]).join(" "), formatSums(row as Record<string, bigint>)]),
  );
}

const cutDays = async (sql: SqlConnection): Promise<string[]> => {
  const runs = await readCutRuns(sql, always);
  return runs.flatMap(({ fromDay, toDay }) => {
    const days: string[] = [];
    for (let day = fromDay; day < toDay; day = addDays(day, 1)) days.push(day);
    return days;
  });
};

describe.each([
  ["SQLite", async () => `file:${scratchFolder()}/cco.db`],
  ["PostgreSQL", () => server.newMigratedDatabase()],
])("cuts of closed days on %s", (_kind, newUrl) => {
  async function open(zone: string): Promise<SqlConnection> {
    const url = await newUrl();
    await migrateDatabase(url);
    const sql = await openSqlConnection(url);
    onTestFinished(() => sql.close());
    await writeSetting(sql, settingKey.dayZone, zone, later);
    return sql;
  }
  const buildAll = async (sql: SqlConnection) => {
    while (await buildNextCuts(sql, later));
  };

  it.each(ZONES)("answer every question with the sums of the events, in %s", async (zone) => {
    const questions = ROLLUP_CUTS.map(({ dims }) => ["day" as const, ...dims]);
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryEvent, { minLength: 1, maxLength: 60 }), fc.nat(), async (events, at) => {
        const sql = await open(zone);
        const distinct = [...new Map(events.map((event) => [event.id, event])).values()];
        // Some before the cuts are built, some after: those days are read from their rows again.
        const [early, late] = [distinct.slice(0, at % distinct.length), distinct.slice(at % distinct.length)];
        await recordEvents(sql, early);
        await buildAll(sql);
        await recordEvents(sql, late);
        for (const isBuilt of [false, true]) {
          if (isBuilt) await buildAll(sql);
          for (const by of questions) expect(await readSums(sql, {}, by)).toEqual(sumEvents(distinct, zone, {}, by));
          const filters = { endpoint: ["messages"], project: ["project-a", "project-b"] };
          const by = ["servedModel", "decision"] as const;
          expect(await readSums(sql, filters, by)).toEqual(sumEvents(distinct, zone, filters, by));
        }
        expect((await verifyLedger(sql)).problems).toEqual([]);
      }),
      { numRuns: 2 },
    );
  });

  it("are built for closed days only, without a gap", async () => {
    const sql = await open("UTC");
    const at = (text: string) => makeEvent({ startedAtMs: Date.parse(text), endedAtMs: Date.parse(text) + 900 });
    await recordEvents(sql, [at("2026-03-28T10:00:00Z"), at("2026-03-30T10:00:00Z"), at("2026-04-02T10:00:00Z")]);

    await buildAll(sql);

    expect(await cutDays(sql)).toEqual(["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31", "2026-04-01"]);
    const rows = await sql.all("SELECT cut, SUM(requests) AS requests FROM rollup_cut GROUP BY cut ORDER BY cut");
    expect(rows.map(({ requests }) => Number(requests))).toEqual(ROLLUP_CUTS.map(() => 2));
  });

  it("are forgotten for a day that another release writes, and built again", async () => {
    const sql = await open("UTC");
    await recordEvents(sql, [makeEvent({ startedAtMs: Date.parse("2026-03-28T10:00:00Z"), costNanoUsd: "5" })]);
    await buildAll(sql);
    // As the release before does it, which knows nothing of cuts.
    await sql.all("UPDATE rollup_day SET requests = requests + 1, cost_nano_usd = cost_nano_usd + 7");

    expect(await cutDays(sql)).not.toContain("2026-03-28");
    const [before] = await sumRollupDays(sql, always, []);
    await buildAll(sql);
    const [after] = await sumRollupDays(sql, always, []);

    expect([before?.requests, before?.costNanoUsd]).toEqual([2n, 12n]);
    expect([after?.requests, after?.costNanoUsd]).toEqual([2n, 12n]);
    expect(await cutDays(sql)).toContain("2026-03-28");
  });

  it("follow a change of the reporting zone", async () => {
    const sql = await open("UTC");
    const startedAtMs = Date.parse("2026-03-28T23:30:00Z");
    await recordEvents(sql, [makeEvent({ startedAtMs, endedAtMs: startedAtMs + 900 })]);
    await buildAll(sql);
    while ((await stepDays(sql, "Asia/Kolkata", later, 0)).isChanging) {
      const rows = await sumRollupDays(sql, always, ["day"]);
      expect(rows.map(({ day }) => day)).toEqual(["2026-03-28"]);
      await buildAll(sql);
    }
    for (const isBuilt of [false, true]) {
      if (isBuilt) await buildAll(sql);
      const rows = await sumRollupDays(sql, always, ["day"]);
      expect(rows.map(({ day, requests }) => [day, requests])).toEqual([["2026-03-29", 1n]]);
    }
    expect(await cutDays(sql)).toContain("2026-03-29");
  });

  it("are named by a verification where they differ, and right after a rebuild", async () => {
    const sql = await open("UTC");
    await recordEvents(sql, [makeEvent({ startedAtMs: Date.parse("2026-03-28T10:00:00Z") })]);
    await buildAll(sql);
    await sql.all("UPDATE rollup_cut SET requests = 9 WHERE cut = 4");
    const verdict = await verifyLedger(sql);
    await rebuildRollups(sql, later);

    expect(verdict.problems.map(({ which, fields }) => [which, fields])).toEqual([
      ["2026-03-28, by project", [{ name: "requests", is: "9", shouldBe: "1" }]],
    ]);
    expect((await verifyLedger(sql)).ok).toBe(true);
    expect((await sumRollupDays(sql, always, ["project"]))[0]?.requests).toBe(1n);
  });
});

it("the smallest cut with the dimensions of a question is chosen, and none for a question that no cut can answer", () => {
  expect(findCut(["endpoint", "decision"])?.name).toBe("total");
  expect(findCut(["servedModel"])?.name).toBe("model");
  expect(findCut(["project", "servedModel", "billingMode"])?.name).toBe("project and model");
  expect(findCut(["proxyKeyId", "servedModel"])).toBeNull();
});
