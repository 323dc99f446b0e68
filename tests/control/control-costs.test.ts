// Long because all tables, series and exports are compared with one set of requests that was made once.

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAlertFacts } from "#control/alerts/facts.ts";
import { exportCosts } from "#control/costs/export.ts";
import { readCostFacets } from "#control/costs/facets.ts";
import { readOverview } from "#control/costs/overview.ts";
import { readCostSeries } from "#control/costs/series.ts";
import { readCostTable } from "#control/costs/table.ts";
import { currentRules } from "#control/rules/current.ts";
import { operatorActor } from "#core/access/actor.ts";
import { rolesWith } from "#core/access/permissions.ts";
import { roles } from "#core/access/roles.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { costGroups, costSorts, sortCostRows } from "#core/costs/cost-table.ts";
import { toDollars } from "#core/money/nano-usd.ts";
import { addDays, dayStartMs, toDayKey } from "#core/time/instant.ts";
import { rebuildDays, recordEvents } from "#store/ledger-writes.ts";
import { insertRuleVersion } from "#store/rule-versions.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inTransaction } from "#store/transaction.ts";
import { type ControlWorld, makeControlWorld, onePersonPerRole } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";

const operator = operatorActor("test");
/** The clock of the world stands here. */
const now = Date.parse("2026-11-22T12:00:00Z");

let world: ControlWorld;

beforeEach(async () => {
  world = await makeControlWorld();
});
afterEach(() => world.end());

async function record(events: readonly RequestEvent[], zone?: string): Promise<void> {
  const connection = await openSqlConnection(`file:${world.deps.config.dataDir}/cco.db`);
  try {
    if (zone) await rebuildDays(connection, zone, world.deps.now());
    await recordEvents(connection, events);
  } finally {
    await connection.close();
  }
}

const at = (text: string): Pick<RequestEvent, "startedAtMs" | "endedAtMs"> => ({
  startedAtMs: Date.parse(text),
  endedAtMs: Date.parse(text) + 900,
});

const money = (cost: string | null, saved: string | null = "0", avoided = "0"): Partial<RequestEvent> => ({
  costNanoUsd: cost,
  savedNanoUsd: cost === null ? null : saved,
  baselineNanoUsd: cost === null || saved === null ? null : (BigInt(cost) + BigInt(saved)).toString(),
  avoidedNanoUsd: avoided,
});

describe("cost totals", () => {
  it("add cost, saved and avoided exactly, and compare with the previous range", async () => {
    await record([
      makeEvent({ ...at("2026-11-20T10:00:00Z"), ...money("9007199254740993", "1") }),
      makeEvent({ ...at("2026-11-21T10:00:00Z"), ...money("2", "-5", "7"), decision: "pass", cache: "hit" }),
      makeEvent({ ...at("2026-11-10T10:00:00Z"), ...money("100", "40") }),
    ]);

    const overview = await readOverview(operator, { range: "7d" }, world.deps);

    expect(overview.total).toMatchObject({
      requests: 2,
      overrides: 1,
      costNanoUsd: "9007199254740995",
      savedNanoUsd: "-4",
      avoidedNanoUsd: "7",
      fullPriceNanoUsd: "9007199254740998",
    });
    expect(overview.previousTotal?.costNanoUsd).toBe("100");
    expect(overview.range).toMatchObject({ from: "2026-11-16", to: "2026-11-23", zone: "UTC" });
    expect(overview.overrides.share).toBe(0.5);
  });

  const unpriced = { ...money(null), costs: null, servedModel: "claude-new-9", requestedModel: "claude-new-9" };

  it("exclude unpriced requests from the money and count them", async () => {
    await record([
      makeEvent({ ...at("2026-11-20T10:00:00Z"), ...money("50") }),
      makeEvent({ ...at("2026-11-20T11:00:00Z"), ...unpriced, decision: "pass", ruleId: null }),
    ]);

    const { total, needsALook } = await readOverview(operator, {}, world.deps);
    const byModel = await readCostTable(operator, "model", {}, world.deps);

    expect(total).toMatchObject({ requests: 2, unpriced: 1, costNanoUsd: "50" });
    expect(needsALook).toContainEqual({
      kind: "unpriced",
      requests: 1,
      models: ["claude-new-9"],
      addPriceOf: "claude-new-9",
    });
    const row = byModel.rows.find(({ key }) => key === "claude-new-9");
    expect(row?.figures).toMatchObject({ costNanoUsd: null, fullPriceNanoUsd: null, savedNanoUsd: "0" });
  });

  it("know no saving where no target of a rule has a price, also beside requests that have one", async () => {
    await record([
      makeEvent({ ...at("2026-11-20T10:00:00Z"), ...unpriced, project: "unpriced" }),
      makeEvent({ ...at("2026-11-20T11:00:00Z"), ...money("50"), decision: "pass", ruleId: null, project: "priced" }),
    ]);

    const { total, topRules } = await readOverview(operator, {}, world.deps);
    const series = await readCostSeries(operator, {}, world.deps);
    const byDay = await readCostTable(operator, "day", {}, world.deps);
    const byProject = await readCostTable(operator, "project", {}, world.deps);
    const lines = [...(await exportCosts(operator, { group: "day" }, world.deps)).lines];

    const unknown = { costNanoUsd: "50", savedNanoUsd: null, fullPriceNanoUsd: "50", unpriced: 1 };
    expect([total, series.total, byDay.total, byDay.rows[0]?.figures]).toMatchObject(Array(4).fill(unknown));
    expect(topRules.rows).toMatchObject([{ savedNanoUsd: null, unpriced: 1 }]);
    expect(byProject.rows.map(({ key, figures }) => [key, figures.costNanoUsd, figures.savedNanoUsd])).toEqual([
      ["priced", "50", "0"],
      ["unpriced", null, null],
    ]);
    const [header = [], cells = []] = parseCsv(lines.join(""));
    expect([cells[header.indexOf("cost_usd")], cells[header.indexOf("saved_usd")]]).toEqual(["0.000000050", ""]);
  });

  it("count subscription traffic as plan value, never as cost", async () => {
    await record([makeEvent({ ...at("2026-11-20T10:00:00Z"), ...money("700", "300"), billingMode: "subscription" })]);

    const { total } = await readOverview(operator, {}, world.deps);

    expect(total).toMatchObject({ costNanoUsd: "0", savedNanoUsd: "0", planValueNanoUsd: "700", requests: 1 });
  });

  it("count model requests only, but every look-up in the response cache", async () => {
    await record([
      makeEvent({ ...at("2026-11-20T10:00:00Z"), cache: "miss" }),
      makeEvent({ ...at("2026-11-20T10:00:00Z"), endpoint: "count_tokens", cache: "hit", ...money("0") }),
    ]);

    const { total, cache } = await readOverview(operator, {}, world.deps);

    expect(total.requests).toBe(1);
    expect(cache).toMatchObject({ hits: 1, misses: 1, hitRate: 0.5 });
  });

  it("show no cache hit rate when no traffic was eligible", async () => {
    await record([makeEvent({ ...at("2026-11-20T10:00:00Z"), cache: "bypass" })]);

    const { cache } = await readOverview(operator, {}, world.deps);

    expect(cache.hitRate).toBeNull();
    expect(cache.promptReadShare).toBeCloseTo(30_000 / 31_100, 4);
  });

  it("distinguish an installation without traffic from an empty range or filter", async () => {
    expect((await readOverview(operator, {}, world.deps)).state).toBe("empty");

    await record([makeEvent(at("2026-11-20T10:00:00Z"))]);

    expect((await readOverview(operator, { range: "today" }, world.deps)).state).toBe("nothing");
    expect((await readOverview(operator, { project: "elsewhere" }, world.deps)).state).toBe("nothing");
    expect((await readOverview(operator, {}, world.deps)).state).toBe("ok");
  });

  it("filter by project, team, model and person alike", async () => {
    const person = await world.person("developer", "Dora");
    const mine = { project: "pay", team: "core", personId: person.id, servedModel: "claude-haiku-5-5" };
    await record([
      makeEvent({ ...at("2026-11-20T10:00:00Z"), ...money("1"), ...mine }),
      makeEvent({ ...at("2026-11-20T10:00:00Z"), ...money("10") }),
    ]);

    const filters = [{ project: "pay,none" }, { team: "core" }, { model: "claude-haiku-5-5" }, { person: person.id }];
    for (const filter of filters) {
      const overview = await readOverview(operator, filter, world.deps);
      const series = await readCostSeries(operator, filter, world.deps);
      const table = await readCostTable(operator, "project", filter, world.deps);

      expect([overview.total, series.total, table.total].map((total) => total.costNanoUsd)).toEqual(["1", "1", "1"]);
    }
    expect(await readCostFacets(operator, {}, world.deps)).toEqual({
      project: ["website", "pay"],
      team: ["core"],
      model: ["claude-sonnet-5-5", "claude-haiku-5-5"],
      person: [{ id: person.id, name: "Dora" }],
    });
  });

  it("name a filtered person without cost in the range", async () => {
    const person = await world.person("developer", "Dora");
    const facets = await readCostFacets(operator, { range: "2025-01-01..2025-01-02", person: person.id }, world.deps);

    expect(facets.person).toEqual([{ id: person.id, name: "Dora" }]);
  });

  it("refuse an invalid range", async () => {
    await expect(readOverview(operator, { range: "2026-13-01" }, world.deps)).rejects.toMatchObject({
      code: "request.invalid",
    });
  });
});

describe("a cost before that is not known", () => {
  it("is empty in the table and its file, which count the requests that are not in it", async () => {
    const model = { servedModel: "claude-new-9" };
    await record([
      makeEvent({ ...at("2026-11-12T10:00:00Z"), ...money(null), ...model, costs: null }),
      makeEvent({ ...at("2026-11-19T10:00:00Z"), ...money("7"), ...model }),
    ]);
    const view = { range: "2026-11-16..2026-11-20", group: "model" };

    const table = await readCostTable(operator, "model", view, world.deps);
    const { lines } = await exportCosts(operator, view, world.deps);

    expect(table.rows).toMatchObject([{ previousCostNanoUsd: null, previousUnpriced: 1 }]);
    expect([table.previousTotalCostNanoUsd, table.previousTotalUnpriced]).toEqual([null, 1]);
    const [header = [], cells = []] = parseCsv([...lines].join(""));
    expect(["previous_cost_usd", "previous_unpriced_requests"].map((name) => cells[header.indexOf(name)])).toEqual([
      "",
      "1",
    ]);
  });
});

describe("the unpriced requests that need a look", () => {
  it("are as many on Costs by model, in the same range and filters", async () => {
    const unknown = { ...money(null), servedModel: "claude-new-9", costs: null };
    await record([
      makeEvent({ ...at("2026-11-20T10:00:00Z"), ...unknown, team: "web" }),
      makeEvent({ ...at("2026-11-21T10:00:00Z"), ...unknown, team: "docs" }),
      makeEvent({ ...at("2026-11-02T10:00:00Z"), ...unknown, team: "web" }),
      makeEvent({ ...at("2026-11-21T11:00:00Z"), ...money("5"), team: "web" }),
    ]);

    const found = [];
    for (const view of [{}, { range: "7d" }, { team: "web" }, { range: "7d", team: "web" }]) {
      const { needsALook } = await readOverview(operator, view, world.deps);
      const item = needsALook.find(({ kind }) => kind === "unpriced");
      const { total } = await readCostTable(operator, "model", view, world.deps);
      expect(item).toMatchObject({ requests: total.unpriced });
      found.push(total.unpriced);
    }
    expect(found).toEqual([3, 2, 2, 1]);
  });
});

describe("the range before", () => {
  it("is not what a day under way has changed against", async () => {
    const of = async (range: string) => [
      (await readOverview(operator, { range }, world.deps)).isUnderWay,
      (await readCostTable(operator, "model", { range }, world.deps)).isUnderWay,
    ];

    expect([await of("today"), await of("2026-11-22"), await of("2026-11-21"), await of("7d")]).toEqual([
      [true, true],
      [true, true],
      [false, false],
      [false, false],
    ]);
  });

  it("adds up to its total, with what stands beside no row named apart", async () => {
    // A range of four days beside four of other weekdays, and a project that is gone.
    const before = ["2026-11-12", "2026-11-13", "2026-11-14", "2026-11-15"];
    await record([
      ...before.map((day, index) =>
        makeEvent({ ...at(`${day}T10:00:00Z`), ...money(String(10 ** index)), project: "gone" }),
      ),
      ...before.map((day) => makeEvent({ ...at(`${day}T11:00:00Z`), ...money("5") })),
      makeEvent({ ...at("2026-11-19T10:00:00Z"), ...money("7"), personId: null }),
    ]);

    for (const group of costGroups) {
      const table = await readCostTable(operator, group, { range: "2026-11-16..2026-11-20" }, world.deps);
      const beside = table.rows.reduce((sum, row) => sum + BigInt(row.previousCostNanoUsd ?? 0), 0n);

      expect([group, (beside + BigInt(table.previousOtherCostNanoUsd ?? 0)).toString()]).toEqual([group, "1131"]);
      expect(table.previousTotalCostNanoUsd).toBe("1131");
    }
    const byDay = await readCostTable(operator, "day", { range: "2026-11-16..2026-11-20" }, world.deps);
    expect(byDay.previousOtherCostNanoUsd).not.toBeNull();
    const byPerson = await readCostTable(operator, "person", { range: "2026-11-16..2026-11-20" }, world.deps);
    expect(byPerson.rows.map(({ label }) => label)).toEqual(["Unassigned"]);
    expect(byPerson.previousOtherCostNanoUsd).toBeNull();
  });
});

describe("series", () => {
  it("has a slot for every day, gaps as gaps, and adds up to the totals", async () => {
    await record([
      makeEvent({ ...at("2026-11-20T10:00:00Z"), ...money("5", "2") }),
      makeEvent({ ...at("2026-11-22T10:00:00Z"), ...money("7", "-3"), servedModel: "claude-haiku-5-5" }),
    ]);

    const series = await readCostSeries(operator, { range: "7d" }, world.deps);

    expect(series.unit).toBe("day");
    expect(series.points.map(({ key, figures }) => [key, figures?.costNanoUsd ?? null])).toEqual([
      ["2026-11-16", null],
      ["2026-11-17", null],
      ["2026-11-18", null],
      ["2026-11-19", null],
      ["2026-11-20", "5"],
      ["2026-11-21", null],
      ["2026-11-22", "7"],
    ]);
    expect(series.models.map(({ id, tier }) => [id, tier])).toEqual([
      ["claude-sonnet-5-5", 2],
      ["claude-haiku-5-5", 3],
    ]);
    expect(series.total).toMatchObject({ costNanoUsd: "12", savedNanoUsd: "-1" });
  });

  it("shows a day by hours, with the same sum as the day", async () => {
    const times = ["2026-11-21T18:29:59Z", "2026-11-21T18:30:00Z", "2026-11-22T06:15:00Z"];
    await record(
      times.map((time) => makeEvent({ ...at(time), ...money("1000") })),
      "Asia/Kolkata",
    );
    world.deps.config.reportingZone = "Asia/Kolkata";

    const hours = await readCostSeries(operator, { range: "2026-11-22" }, world.deps);
    const days = await readCostTable(operator, "day", { range: "2026-11-22" }, world.deps);

    expect(hours.unit).toBe("hour");
    expect(hours.points).toHaveLength(24);
    expect(hours.points.filter(({ figures }) => figures).map(({ label }) => label)).toEqual(["00:00", "11:00"]);
    expect([hours.total.costNanoUsd, days.total.costNanoUsd]).toEqual(["2000", "2000"]);
  });

  it("marks publishes with the version in force", async () => {
    const publishedAt = new Date("2026-11-19T18:00:00Z");
    await inTransaction(world.deps.db, (tx) => insertRuleVersion(tx, { ...versionOne, publishedAt }));
    await record([makeEvent(at("2026-11-20T10:00:00Z"))]);

    const series = await readCostSeries(operator, { range: "7d" }, world.deps);

    expect(series.marks).toEqual([{ number: 1, publishedAt: publishedAt.toISOString(), position: 3.75 }]);
    expect(series.points.map(({ version }) => version)).toEqual([null, null, null, 1, 1, 1, 1]);
  });

  it("keeps days of 23 and 25 hours whole, in four zones", async () => {
    const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"];
    const span = { from: Date.parse("2026-03-01T00:00:00Z"), to: Date.parse("2026-11-22T00:00:00Z") };
    const random = fc.sample(fc.integer({ min: span.from, max: span.to }), { numRuns: 400, seed: 7 });
    const edges = ["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01"].flatMap((day) =>
      zones.flatMap((zone) => [dayStartMs(day, zone) - 1, dayStartMs(day, zone), dayStartMs(addDays(day, 1), zone)]),
    );
    const events = [...random, ...edges].map((ms, index) =>
      makeEvent({ startedAtMs: ms, endedAtMs: ms, ...money(String(1 + index)) }),
    );
    await record(events);

    for (const zone of zones) {
      await record([], zone);
      world.deps.config.reportingZone = zone;
      const table = await readCostTable(operator, "day", { range: "2026-02-01..2026-11-23" }, world.deps);

      const expected = new Map<string, bigint>();
      for (const event of events) {
        const day = toDayKey(event.startedAtMs, zone);
        expected.set(day, (expected.get(day) ?? 0n) + BigInt(event.costNanoUsd ?? 0));
      }
      expect(new Map(table.rows.map((row) => [row.key, BigInt(row.figures.costNanoUsd ?? 0)]))).toEqual(
        new Map([...expected].sort()),
      );
    }
  });
});

const versionOne = {
  toml: `[overrides]\nenabled = true\n[[rule]]\nid = "r_1"\nfrom = "opus"\nto = "claude-sonnet-5-5"\nnote = "Pilot"\n`,
  comment: "First",
  source: "console" as const,
  actorId: null,
  actorName: "Ada",
  basedOn: null,
  applies: "now" as const,
};

describe("rules by saving", () => {
  it("are ranked with the words and the start of the version that has the rule", async () => {
    const publishedAt = new Date("2026-11-01T00:00:00Z");
    await inTransaction(world.deps.db, (tx) => insertRuleVersion(tx, { ...versionOne, publishedAt }));
    await record([
      makeEvent({ ...at("2026-11-20T10:00:00Z"), ...money("10", "-4"), ruleId: "r_loss" }),
      makeEvent({ ...at("2026-11-20T10:00:00Z"), ...money("10", "30") }),
      makeEvent({ ...at("2026-11-20T10:00:00Z"), ...money("10", "0"), decision: "pass", ruleId: "r_1" }),
    ]);

    const { rows, of } = (await readOverview(operator, {}, world.deps)).topRules;

    expect(of).toBe(2);
    expect(rows[0]).toMatchObject({
      ruleId: "r_1",
      from: "opus",
      to: "claude-sonnet-5-5",
      note: "Pilot",
      requests: 1,
      savedNanoUsd: "30",
      sinceVersion: 1,
      isLive: true,
    });
    expect(rows[1]).toMatchObject({ ruleId: "r_loss", savedNanoUsd: "-4", sinceVersion: null, isLive: false });
  });

  it("have the same requests, errors and saving on Overview and on Rules", async () => {
    await inTransaction(world.deps.db, (tx) => insertRuleVersion(tx, { ...versionOne, publishedAt: new Date() }));
    const onDay = at("2026-11-20T10:00:00Z");
    const failed = { ended: "error", status: 500, usageState: "none", ...money(null) } as const;
    const rule = { ruleId: "r_1" };
    await record([
      ...Array.from({ length: 24 }, () => makeEvent({ ...onDay, ...rule, ...money("10", "30") })),
      makeEvent({ ...onDay, ...rule, ...failed }),
      makeEvent({ ...onDay, ...rule, ...money("10", "30"), billingMode: "subscription" }),
      ...Array.from({ length: 3 }, () => makeEvent({ ...onDay, ...rule, ...failed, decision: "skipped" })),
      makeEvent({ ...onDay, ...rule, ...failed, decision: "fallback" }),
      makeEvent({ ...onDay, ...rule, ...failed, endpoint: "count_tokens" }),
    ]);

    const [top] = (await readOverview(operator, { range: "30d" }, world.deps)).topRules.rows;
    const [row] = (await currentRules(operator, world.deps)).rules;

    expect(row?.stats).toEqual({ requests: 26, errors: 1, fallbacks: 1, savedNanoUsd: "720", unpriced: 0 });
    expect(top).toMatchObject(row?.stats ?? {});
  });

  it("flag a rule that fails more often than others, and offer a roll back only for the live version", async () => {
    const publishedAt = new Date("2026-11-01T00:00:00Z");
    await inTransaction(world.deps.db, async (tx) => {
      await insertRuleVersion(tx, { ...versionOne, toml: "[overrides]\nenabled = true\n", publishedAt });
      await insertRuleVersion(tx, { ...versionOne, basedOn: 1, publishedAt });
    });
    const many = (count: number, fields: Partial<RequestEvent>) =>
      Array.from({ length: count }, () => makeEvent({ ...at("2026-11-20T10:00:00Z"), ...fields }));
    await record([
      ...many(90, { ruleVersion: 2 }),
      ...many(10, { ruleVersion: 2, ended: "error", status: 500, ...money("0") }),
      ...many(100, { ruleVersion: 2, ruleId: "r_calm" }),
    ]);

    const { needsALook } = await readOverview(operator, {}, world.deps);

    const item = needsALook.find(({ kind }) => kind === "errors");
    expect(item).toMatchObject({ rate: 0.1, others: 0, version: 2, rollBackTo: 1, route: { ruleId: "r_1" } });
    const viewer = await readOverview(await world.person("viewer", "Vera"), {}, world.deps);
    expect(viewer.needsALook.find(({ kind }) => kind === "errors")).toMatchObject({ rate: 0.1, rollBackTo: null });
  });

  it("ignore errors of an earlier form of a rule", async () => {
    const day = (date: string) => new Date(`${date}T00:00:00Z`);
    const other = versionOne.toml.replace("claude-sonnet-5-5", "claude-haiku-5-5");
    await inTransaction(world.deps.db, async (tx) => {
      await insertRuleVersion(tx, { ...versionOne, publishedAt: day("2026-11-10") });
      await insertRuleVersion(tx, { ...versionOne, toml: other, publishedAt: day("2026-11-21") });
    });
    const many = (count: number, fields: Partial<RequestEvent>) =>
      Array.from({ length: count }, () => makeEvent({ ...at("2026-11-20T10:00:00Z"), ruleVersion: 1, ...fields }));
    const failed = { ended: "error", status: 500, ...money("0") } as const;
    await record([...many(90, {}), ...many(10, failed), ...many(5, { ruleVersion: 2 })]);

    const before = await readOverview(operator, {}, world.deps);
    await record([...many(50, { ruleVersion: 2 }), ...many(50, { ruleVersion: 2, ...failed })]);
    const after = await readOverview(operator, {}, world.deps);

    expect(before.needsALook.filter(({ kind }) => kind === "errors")).toEqual([]);
    const item = after.needsALook.find(({ kind }) => kind === "errors");
    expect(item).toMatchObject({ rate: 50 / 105, others: null, version: 2, rollBackTo: 1 });
  });

  it("leave rules alone that are not live any more, and offer no roll back that would undo later work", async () => {
    const day = (date: string) => new Date(`${date}T00:00:00Z`);
    const empty = "[overrides]\nenabled = true\n";
    const errors = async () => (await readOverview(operator, {}, world.deps)).needsALook.filter(isError);
    const isError = ({ kind }: { kind: string }) => kind === "errors";
    await world.publish(versionOne.toml, day("2026-11-10"));
    await world.publish(`${versionOne.toml}# a note\n`, day("2026-11-11"));
    const failed = { ended: "error", status: 500, ...money("0") } as const;
    await record(Array.from({ length: 60 }, () => makeEvent({ ...at("2026-11-20T10:00:00Z"), ...failed })));

    expect(await errors()).toMatchObject([{ rate: 1, version: 1, rollBackTo: null }]);
    await world.publish(empty, day("2026-11-21"));
    expect(await errors()).toEqual([]);
  });

  it("and alerts show one figure of a rule since its version, of any age and on a page of any range", async () => {
    const many = (count: number, fields: Partial<RequestEvent>) =>
      Array.from({ length: count }, () => makeEvent({ ruleVersion: 1, ...fields }));
    const failed = { ended: "error", status: 500, ...money("0") } as const;
    await world.publish(versionOne.toml, new Date("2026-08-01T00:00:00Z"));
    await record([
      ...many(100, at("2026-08-02T10:00:00Z")),
      ...many(40, { ...at("2026-09-20T10:00:00Z"), ...failed }),
      ...many(60, at("2026-11-21T10:00:00Z")),
      ...many(200, { ...at("2026-10-20T10:00:00Z"), ruleId: "r_calm" }),
    ]);

    const [fact] = (await readAlertFacts(operator, world.deps)).rules;
    expect(fact).toMatchObject({
      version: 1,
      compared: { own: { requests: 200, errors: 40 }, others: { requests: 200 } },
    });
    for (const range of ["7d", "30d", "today"]) {
      const { needsALook } = await readOverview(operator, { range }, world.deps);
      expect(needsALook.find(({ kind }) => kind === "errors")).toMatchObject({ rate: 0.2, others: 0, version: 1 });
    }
  });

  describe("the change of the override share", () => {
    const passed = { decision: "pass", ruleId: null } as const;
    const many = (count: number, day: string, fields: Partial<RequestEvent> = {}, hour = "10") =>
      Array.from({ length: count }, () => makeEvent({ ...at(`${day}T${hour}:00:00Z`), ...fields }));
    const publishTwice = (second: string) =>
      inTransaction(world.deps.db, async (tx) => {
        await insertRuleVersion(tx, { ...versionOne, publishedAt: new Date("2026-10-01T00:00:00Z") });
        await insertRuleVersion(tx, { ...versionOne, comment: "Second", publishedAt: new Date(second) });
      });
    const readChange = async (input: Record<string, string>) =>
      (await readOverview(operator, input, world.deps)).overrides;

    it("is not computed from the hours after a publish, with any traffic", async () => {
      await publishTwice("2026-11-22T10:00:00Z");
      const after = many(300, "2026-11-22", { ...passed, ruleVersion: 2 }, "11");
      await record([...many(200, "2026-11-20", { ruleVersion: 1 }), ...after]);

      expect(await readChange({ range: "7d", cmp: "none" })).toMatchObject({ now: null, before: null });
      expect(await readChange({ range: "today" })).toMatchObject({ share: 0, now: null, before: null });
    });

    it("is computed from whole days beside the same weekdays before, and from enough requests only", async () => {
      // A Thursday: Friday and Saturday are over, and stand beside those of the week before.
      await publishTwice("2026-11-19T10:00:00Z");
      const other = [...many(400, "2026-11-17", passed), ...many(400, "2026-11-22", passed)];
      await record([...many(100, "2026-11-13"), ...many(99, "2026-11-20", passed), ...other]);

      const few = await readChange({});
      await record(many(1, "2026-11-20", passed));
      const enough = await readChange({});
      await record(many(300, "2026-11-21"));
      const withoutPartner = await readChange({});

      expect(few).toMatchObject({ before: null, sinceVersion: null });
      expect(enough).toMatchObject({ now: 0, before: 1, sinceVersion: 2 });
      expect(withoutPartner).toMatchObject({ now: 0, before: 1, sinceVersion: 2 });
    });

    it("leaves the day it is now out of a comparison with the range before", async () => {
      await record([...many(100, "2026-11-10"), ...many(100, "2026-11-17"), ...many(900, "2026-11-22", passed)]);

      expect(await readChange({ range: "7d" })).toMatchObject({ share: 100 / 1000, now: 1, before: 1 });
    });
  });

  it("name the most expensive model without a rule, and the saving of a cheaper one", async () => {
    const pass = {
      decision: "pass" as const,
      ruleId: null,
      requestedModel: "claude-opus-5-5",
      servedModel: "claude-opus-5-5",
    };
    await record([makeEvent({ ...at("2026-11-20T10:00:00Z"), ...pass, ...money("5000000000") })]);

    const { needsALook } = await readOverview(operator, {}, world.deps);

    const item = needsALook.find((one) => one.kind === "unruled");
    expect(item).toMatchObject({ model: "claude-opus-5-5", hasRule: false, costNanoUsd: "5000000000" });
    expect(item?.target).toMatch(/^claude-sonnet-/);
    expect(BigInt(item?.wouldSaveNanoUsd ?? 0)).toBeGreaterThan(0n);
  });
});

describe("the exported cost file", () => {
  const event = fc.record({
    startedAtMs: fc.integer({ min: now - 20 * 86_400_000, max: now }),
    project: fc.constantFrom("pay", "web", "=cmd()", 'a "quoted", one'),
    team: fc.constantFrom(null, "core", "-minus"),
    servedModel: fc.constantFrom("claude-opus-5-5", "claude-haiku-5-5", "claude-unknown"),
    cost: fc.option(fc.bigInt({ min: 0n, max: 10n ** 13n }), { freq: 5 }),
    saved: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
    /** A refused request used nothing: no cost, and not unpriced either. */
    isRefused: fc.boolean(),
  });
  const view = fc.record({
    group: fc.constantFrom(...costGroups),
    sort: fc.constantFrom(...costSorts),
    dir: fc.constantFrom("asc" as const, "desc" as const),
    range: fc.constantFrom("7d", "30d", "mtd"),
    project: fc.constantFrom("", "pay", "=cmd()"),
  });

  it("has the rows, the order and the amounts of the screen", async () => {
    const batches = fc.sample(fc.array(event, { minLength: 5, maxLength: 40 }), { numRuns: 3, seed: 11 });
    await record(
      batches.flat().map(({ cost, saved, startedAtMs, isRefused, ...fields }) =>
        makeEvent({
          ...fields,
          startedAtMs,
          endedAtMs: startedAtMs,
          ...money(cost?.toString() ?? null, saved.toString()),
          ...(cost === null ? { costs: null, usageState: isRefused ? "none" : "exact" } : {}),
        }),
      ),
    );

    await fc.assert(
      fc.asyncProperty(view, async (chosen) => {
        const table = await readCostTable(operator, chosen.group, chosen, world.deps);
        const { lines } = await exportCosts(operator, chosen, world.deps);
        const [header = [], ...rows] = parseCsv([...lines].join(""));
        const column = (name: string) => rows.map((cells) => cells[header.indexOf(name)]);
        const shown = sortCostRows(table.rows, chosen.sort, chosen.dir);

        const named: Record<string, string> = {
          model: "served_model",
          requested: "requested_model",
          key: "proxy_key_id",
        };
        const nameColumn = named[chosen.group] ?? chosen.group;
        expect(column(nameColumn).map((name) => name?.replace(/^'/, ""))).toEqual(shown.map(({ key }) => key));
        expect(column("requests")).toEqual(shown.map(({ figures }) => String(figures.requests)));
        expect(column("unpriced_requests")).toEqual(shown.map(({ figures }) => String(figures.unpriced)));
        expect(column("unpriced_plan_requests")).toEqual(shown.map(({ figures }) => String(figures.planUnpriced)));
        const dollars = (nano: string | null) => (nano === null ? "" : toDollars(BigInt(nano)));
        expect(column("cost_usd")).toEqual(shown.map(({ figures }) => dollars(figures.costNanoUsd)));
        expect(column("saved_usd")).toEqual(shown.map(({ figures }) => dollars(figures.savedNanoUsd)));
        expect(column("full_price_usd")).toEqual(shown.map(({ figures }) => dollars(figures.fullPriceNanoUsd)));
        const sum = table.rows.reduce((total, row) => total + BigInt(row.figures.costNanoUsd ?? 0), 0n);
        expect(sum).toBe(BigInt(table.total.costNanoUsd ?? 0));
      }),
      { numRuns: 40 },
    );
  });

  it("is named after its days and zone, and is audited", async () => {
    world.deps.config.reportingZone = "Europe/Berlin";
    const admin = await world.person("admin", "Ada");

    const { fileName } = await exportCosts(admin, { range: "last-month", group: "project" }, world.deps);

    expect(fileName).toBe("cco_costs_2026-10-01_2026-11-01_Europe-Berlin.csv");
    const entry = await world.deps.db.auditEntry.findFirst({ where: { action: "costs.export" } });
    expect(entry).toMatchObject({ actorName: "Ada", objectId: fileName });
    expect(JSON.parse(entry?.after ?? "{}")).toMatchObject({ group: "project", range: "last-month", rows: 0 });
  });
});

describe("permissions on costs", () => {
  it("let exactly the roles of the matrix read and export", async () => {
    const people = await onePersonPerRole(world);
    const verbs = [
      ["totals.read", (actor) => readOverview(actor, {}, world.deps)],
      ["costs.read", (actor) => readCostSeries(actor, {}, world.deps)],
      ["costs.read", (actor) => readCostTable(actor, "day", {}, world.deps)],
      ["costs.read", (actor) => readCostFacets(actor, {}, world.deps)],
      ["costs.export", (actor) => exportCosts(actor, {}, world.deps)],
    ] as const satisfies readonly [
      Parameters<typeof rolesWith>[0],
      (actor: (typeof people)["owner"]) => Promise<unknown>,
    ][];

    for (const [permission, read] of verbs) {
      for (const role of roles) {
        const allowed = rolesWith(permission).includes(role);
        const outcome = read(people[role]).then(
          () => true,
          (error: { code: string }) => error.code !== "auth.forbidden",
        );
        expect([permission, role, await outcome]).toEqual([permission, role, allowed]);
      }
    }
  });
});

/** RFC 4180, just enough to read back what was written. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  for (const line of text.match(/(?:"(?:[^"]|"")*"|[^\r"])*\r\n/g) ?? []) {
    const cells = `,${line.slice(0, -2)}`.match(/,(?:"(?:[^"]|"")*"|[^,]*)/g) ?? [];
    rows.push(
      cells.map((cell) =>
        cell
          .replace(/^,/, "")
          .replace(/^"(.*)"$/s, "$1")
          .replaceAll('""', '"'),
      ),
    );
  }
  return rows;
}
