import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportCosts } from "#control/costs/export.ts";
import { readCostTable } from "#control/costs/table.ts";
import { operatorActor } from "#core/access/actor.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { CostGroup, CostTableRow } from "#core/costs/cost-table.ts";
import { insertProxyKey } from "#store/proxy-keys.ts";
import { inTransaction } from "#store/transaction.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";

const operator = operatorActor("test");
/** Two whole months; the clock of the world stands on 22 November 2026, a Sunday. */
const RANGE = { range: "2026-10-01..2026-12-01", cmp: "none" };

let world: ControlWorld;

const request = (id: string, time: string, cost: number, rest: Partial<RequestEvent> = {}): RequestEvent =>
  makeEvent({
    id,
    startedAtMs: Date.parse(time),
    endedAtMs: Date.parse(time) + 900,
    costNanoUsd: String(cost),
    savedNanoUsd: "0",
    baselineNanoUsd: String(cost),
    avoidedNanoUsd: "0",
    ...rest,
  });

beforeAll(async () => {
  world = await makeControlWorld();
  const limits = {
    ...({ endpoints: "all", models: null, requestsPerMinute: null, openRequestsMax: null } as const),
    ...{ monthlyBudgetNanoUsd: null, monthlyPlanNanoUsd: null },
  };
  const key = { hint: "…", personId: null, team: null, project: null, createdBy: "test", expiresAt: null, limits };
  await inTransaction(world.deps.db, async (tx) => {
    const createdAt = world.deps.now();
    for (const id of ["key_a", "key_b"])
      await insertProxyKey(tx, { ...key, id, name: "laptop", keyHash: id, createdAt, attribution: "free" });
  });
  await world.record([
    // Sunday 25 October belongs to the week of Monday 19, Monday 26 begins the next one, which ends in November.
    request("evt_1", "2026-10-25T23:59:59Z", 1, { proxyKeyId: "key_a", project: "web" }),
    request("evt_2", "2026-10-26T00:00:00Z", 10, {
      proxyKeyId: "key_b",
      project: "web",
      servedModel: "claude-haiku-5-5",
    }),
    request("evt_3", "2026-11-01T12:00:00Z", 100, { project: "docs", endpoint: "batches", ruleId: "rul_gone" }),
    request("evt_4", "2026-11-02T12:00:00Z", 1000, { project: "web", ruleId: null, decision: "pass" }),
  ]);
});

afterAll(() => world.end());

const costs = (rows: readonly CostTableRow[] = []) => rows.map(({ key, figures }) => [key, figures.costNanoUsd]);
const read = (groups: CostGroup | readonly [CostGroup, CostGroup | null], input: object = RANGE) =>
  readCostTable(operator, groups, input, world.deps);

describe("a table of costs", () => {
  it("has weeks from Monday to Sunday, in order of time", async () => {
    const { rows } = await read("week");

    expect(costs(rows)).toEqual([
      ["2026-10-19", "1"],
      ["2026-10-26", "110"],
      ["2026-11-02", "1000"],
    ]);
    expect(rows.map(({ label }) => label)).toEqual(["19 Oct – 25 Oct", "26 Oct – 1 Nov", "2 Nov – 8 Nov"]);
  });

  it("has months, and of a month at the edge of the range only its days within", async () => {
    expect(costs((await read("month")).rows)).toEqual([
      ["2026-10", "11"],
      ["2026-11", "1100"],
    ]);
    const edge = await read("month", { range: "2026-10-26..2026-11-02", cmp: "none" });
    expect(costs(edge.rows)).toEqual([
      ["2026-10", "10"],
      ["2026-11", "100"],
    ]);
    expect(edge.rows.map(({ label }) => label)).toEqual(["Oct 2026", "Nov 2026"]);
  });

  it("keeps proxy keys of one name apart", async () => {
    const { rows } = await read("key");

    expect(costs(rows)).toEqual([
      ["", "1100"],
      ["key_b", "10"],
      ["key_a", "1"],
    ]);
    expect(rows.map(({ label }) => label)).toEqual(["No key", "laptop", "laptop"]);
  });

  it("has rules, endpoints and requested models", async () => {
    expect(costs((await read("endpoint")).rows)).toEqual([
      ["messages", "1011"],
      ["batches", "100"],
    ]);
    const byRule = await read("rule");
    expect(byRule.rows.find(({ key }) => key === "rul_gone")).toMatchObject({ label: "rul_gone" });
    expect(byRule.rows.find(({ key }) => key === "")).toMatchObject({
      label: "No rule",
      figures: { costNanoUsd: "1000" },
    });
    expect((await read("requested")).total.costNanoUsd).toBe("1111");
  });

  it("splits each row by a second grouping, whose parts add up to it", async () => {
    const table = await read(["month", "project"]);

    expect(table.rows.map(({ key, parts }) => [key, costs(parts)])).toEqual([
      ["2026-10", [["web", "11"]]],
      [
        "2026-11",
        [
          ["web", "1000"],
          ["docs", "100"],
        ],
      ],
    ]);
    expect(table.total.costNanoUsd).toBe("1111");
  });

  it("puts the same weekdays of the range before beside weeks and beside parts by day", async () => {
    // Monday 26 October to Sunday 1 November beside Monday 19 to Sunday 25 October.
    const range = { range: "2026-10-26..2026-11-02", cmp: "prev" };
    const weeks = await read("week", range);
    expect(weeks.rows.map(({ key, previousCostNanoUsd }) => [key, previousCostNanoUsd])).toEqual([["2026-10-26", "1"]]);
    const { rows } = await read(["project", "day"], range);
    const docs = rows.find(({ key }) => key === "docs");
    const web = rows.find(({ key }) => key === "web");
    expect([docs?.previousCostNanoUsd, docs?.parts?.map(({ previousCostNanoUsd }) => previousCostNanoUsd)]).toEqual([
      null,
      [null],
    ]);
    expect(web?.previousCostNanoUsd).toBe("1");
  });

  it("refuses to split rows by their own grouping", async () => {
    await expect(read(["day", "day"])).rejects.toMatchObject({ code: "request.invalid" });
  });
});

describe("the CSV of a view", () => {
  const lines = async (input: object) =>
    [...(await exportCosts(operator, { ...RANGE, ...input }, world.deps)).lines].map((line) =>
      line.trimEnd().replaceAll('"', "").split(","),
    );

  it("has a row for each part, with the columns of both groupings", async () => {
    const [head = [], ...rows] = await lines({ group: "project", split: "month" });
    expect(head.slice(0, 3)).toEqual(["month", "project", "time_zone"]);
    const cost = head.indexOf("cost_usd");
    expect(rows.map((row) => [row[0], row[1], row[cost]])).toEqual([
      ["2026-10", "web", "0.000000011"],
      ["2026-11", "web", "0.000001000"],
      ["2026-11", "docs", "0.000000100"],
    ]);
  });

  it("names a proxy key and its id", async () => {
    const [head = [], ...rows] = await lines({ group: "key" });
    expect(head.slice(0, 2)).toEqual(["proxy_key", "proxy_key_id"]);
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      ["", ""],
      ["laptop", "key_b"],
      ["laptop", "key_a"],
    ]);
  });
});
