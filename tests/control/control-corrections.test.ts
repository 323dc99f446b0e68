// Long because a correction is followed from the prices to every place that shows it, on both databases.

import { expect, it } from "vitest";
import { correctCosts, previewCorrection, undoCorrection } from "#control/corrections/correct.ts";
import { readCorrections } from "#control/corrections/list.ts";
import { exportCosts } from "#control/costs/export.ts";
import { readOverview } from "#control/costs/overview.ts";
import { readCostTable } from "#control/costs/table.ts";
import { rebuildLedger } from "#control/ledger/rebuild.ts";
import { verifyRecords } from "#control/ledger/verify.ts";
import { savePrices } from "#control/prices/change.ts";
import { operatorActor } from "#core/access/actor.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { MS_PER_DAY } from "#core/time/instant.ts";
import { buildNextCuts } from "#store/cut-days.ts";
import { openWithSums } from "#store/opening-balance.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import type { ControlWorld } from "#tests/support/control-world.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

const operator = operatorActor("root");
const DAYS = "2026-11-10..2026-11-20";
const OPUS = "claude-opus-5-5";
const SONNET = "claude-sonnet-5-5";
/** The list has $4.00 a million input tokens of Opus 5.5: a thousand are 4,000,000 nano-dollars. */
const LIST = 4_000_000n;
const discount = (percent: number) => `[[discount]]
model = "${OPUS}"
from = "2026-11-01"
percent = "${percent}"
`;
const MYSTERY = `[[price]]
model = "claude-mystery-9"
from = "2026-11-01"
input = "7"
output = "0"
cache_write_5m = "0"
cache_write_1h = "0"
cache_read = "0"
`;

/** A request of 1,000 input tokens at noon, priced by the list. */
function request(day: string, fields: Partial<RequestEvent> = {}): RequestEvent {
  const model = fields.servedModel ?? OPUS;
  const startedAtMs = Date.parse(`${day}T12:00:00Z`);
  return pricedEvent({
    requestedModel: model,
    servedModel: model,
    answeredModel: model,
    decision: "pass",
    usage: { ...emptyUsage(), inputTokens: 1_000 },
    startedAtMs,
    endedAtMs: startedAtMs + 900,
    ...fields,
  });
}

const save = (world: ControlWorld, toml: string, basedOn: number | null) =>
  savePrices(operator, { toml, comment: "", basedOn }, world.deps);
const correct = (world: ControlWorld, more: object = {}) =>
  correctCosts(operator, { range: DAYS, comment: "as agreed", ...more }, world.deps);
const readTotal = async (world: ControlWorld, range = DAYS) =>
  (await readCostTable(operator, "day", { range }, world.deps)).total;

async function verify(world: ControlWorld) {
  const connection = await openSqlConnection(world.databaseUrl);
  try {
    return (await verifyRecords(operator, { connection, catalogue: world.deps.config.catalogue }, world.deps)).ledger;
  } finally {
    await connection.close();
  }
}

async function onConnection(world: ControlWorld, work: (of: Awaited<ReturnType<typeof openSqlConnection>>) => unknown) {
  const connection = await openSqlConnection(world.databaseUrl);
  try {
    await work(connection);
  } finally {
    await connection.close();
  }
}

onBothDatabases((world) => {
  it("prices a period again beside the books, and names the correction wherever the cost is shown", async () => {
    await world().record([
      request("2026-11-09"),
      request("2026-11-12"),
      request("2026-11-12", { servedModel: SONNET, requestedModel: OPUS, decision: "override" }),
      request("2026-11-13", { billingMode: "subscription" }),
      request("2026-11-20"),
    ]);
    await onConnection(world(), async (connection) => {
      while (await buildNextCuts(connection, world().deps.now()));
    });
    const before = await readTotal(world());
    await save(world(), discount(25), null);

    const preview = await previewCorrection(operator, { range: DAYS }, world().deps);
    expect(preview).toMatchObject({
      label: "10 Nov – 19 Nov 2026",
      requests: 3,
      isChange: true,
      metered: { beforeNanoUsd: before.costNanoUsd, afterNanoUsd: `${BigInt(before.costNanoUsd ?? 0) - 1_000_000n}` },
      plan: { beforeNanoUsd: `${LIST}`, afterNanoUsd: `${LIST - 1_000_000n}` },
      models: [{ model: OPUS, beforeNanoUsd: `${LIST}`, afterNanoUsd: `${LIST - 1_000_000n}` }],
    });
    expect(await readTotal(world())).toEqual(before);

    const { correction } = await correct(world());
    expect(correction).toMatchObject({ number: 1, kind: "reprice", changeNanoUsd: "-1000000", requests: 3 });
    const after = await readTotal(world());
    expect(after).toMatchObject({
      costNanoUsd: `${BigInt(before.costNanoUsd ?? 0) - 1_000_000n}`,
      planValueNanoUsd: `${LIST - 1_000_000n}`,
      // What Opus would have cost is less by a quarter: so is what the override saved.
      savedNanoUsd: `${BigInt(before.savedNanoUsd ?? 0) - 1_000_000n}`,
      correctedNanoUsd: "-1000000",
      planCorrectedNanoUsd: "-1000000",
      requests: 3,
    });
    const overview = await readOverview(operator, { range: DAYS }, world().deps);
    expect(overview.total).toEqual(after);
    expect(overview.corrections).toHaveLength(1);
    const table = await readCostTable(operator, "model", { range: DAYS }, world().deps);
    expect(table.corrections.map(({ number }) => number)).toEqual([1]);
    expect(table.rows.find(({ key }) => key === SONNET)?.figures.correctedNanoUsd).toBe("0");
    const csv = [...(await exportCosts(operator, { range: DAYS, group: "model" }, world().deps)).lines];
    expect(csv[0]).toContain("corrected_usd");
    expect(csv.find((line) => line.includes(OPUS))).toContain("-0.001000000");
    // The days beside it keep their amounts, and so do the events.
    expect((await readTotal(world(), "2026-11-09")).costNanoUsd).toBe(`${LIST}`);
    expect((await readTotal(world(), "2026-11-20")).costNanoUsd).toBe(`${LIST}`);
    const [entry] = await world().deps.db.auditEntry.findMany({ where: { action: "costs.correct" } });
    expect(JSON.parse(entry?.after ?? "")).toMatchObject({ days: "10 Nov – 19 Nov 2026", changeNanoUsd: "-1000000" });
  });

  it("changes nothing when it is repeated, and only the difference when prices change again", async () => {
    await world().record([request("2026-11-12"), request("2026-11-13")]);
    await save(world(), discount(50), null);
    await correct(world());
    expect(await correct(world())).toEqual({ correction: null });
    expect((await previewCorrection(operator, { range: DAYS }, world().deps)).isChange).toBe(false);

    await save(world(), discount(75), 1);
    const { correction } = await correct(world());
    expect(correction).toMatchObject({ number: 2, changeNanoUsd: "-2000000" });
    expect((await readTotal(world())).costNanoUsd).toBe("2000000");
    expect(await verify(world())).toMatchObject({ ok: true, corrections: { corrections: 2, rows: 2, unchecked: 0 } });
  });

  it("is taken back by another correction, the last one first", async () => {
    await world().record([request("2026-11-12")]);
    await save(world(), discount(50), null);
    await correct(world());
    await save(world(), discount(75), 1);
    await correct(world());

    const undo = (number: number) => undoCorrection(operator, { number, comment: "wrong" }, world().deps);
    await expect(undo(1)).rejects.toMatchObject({ code: "corrections.not-last", details: { later: 2 } });
    expect((await undo(2)).correction).toMatchObject({ number: 3, kind: "undo", undoes: 2, changeNanoUsd: "1000000" });
    expect((await readTotal(world())).costNanoUsd).toBe("2000000");
    await expect(undo(2)).rejects.toMatchObject({ code: "corrections.not-last" });
    await expect(undo(3)).rejects.toMatchObject({ code: "corrections.not-last" });
    await undo(1);
    expect(await readTotal(world())).toMatchObject({ costNanoUsd: `${LIST}`, correctedNanoUsd: "0" });
    await expect(undo(9)).rejects.toMatchObject({ code: "not-found" });
    expect(await verify(world())).toMatchObject({ ok: true, corrections: { corrections: 0, rows: 1 } });
    const { corrections } = await readCorrections(operator, world().deps);
    expect(corrections.map(({ number, undoneBy }) => [number, undoneBy])).toEqual([
      [4, null],
      [3, null],
      [2, 3],
      [1, 4],
    ]);
  });

  it("gives a price to requests that had none, and limits itself to the models named", async () => {
    const mystery = { requestedModel: "claude-mystery-9", servedModel: "claude-mystery-9" };
    await world().record([request("2026-11-12", mystery), request("2026-11-12")]);
    expect(await readTotal(world())).toMatchObject({ unpriced: 1, costNanoUsd: `${LIST}` });
    await save(world(), MYSTERY + discount(50), null);

    await correct(world(), { models: ["claude-mystery-9"] });
    expect(await readTotal(world())).toMatchObject({
      unpriced: 0,
      costNanoUsd: `${LIST + 7_000_000n}`,
      correctedNanoUsd: "7000000",
    });
    expect(await verify(world())).toMatchObject({ ok: true });
  });

  it("is kept by a rebuild, and found by verify when a row of it was changed", async () => {
    await world().record([request("2026-11-12")]);
    await save(world(), discount(50), null);
    await correct(world());
    await onConnection(world(), (connection) => rebuildLedger(operator, { connection }, world().deps));
    expect(await readTotal(world())).toMatchObject({ costNanoUsd: "2000000", correctedNanoUsd: "-2000000" });
    // One that comes later for the same quarter-hour counts as it was booked, and the row is not computed again.
    await world().record([request("2026-11-12", { id: "late" })]);
    expect((await readTotal(world())).costNanoUsd).toBe("6000000");
    expect(await verify(world())).toMatchObject({ ok: true, corrections: { rows: 0, unchecked: 1 } });

    await world().deps.db.$executeRawUnsafe("UPDATE correction_row SET cost_nano_usd = cost_nano_usd + 1");
    const { ok, problems } = await verify(world());
    expect(ok).toBe(false);
    expect(problems.map(({ kind }) => kind).sort()).toEqual(["correction", "quarter-hour"]);
  });

  it("computes a changed correction again from the tokens of its requests", async () => {
    await world().record([request("2026-11-12")]);
    await save(world(), discount(50), null);
    await correct(world());
    // Everything that adds up is changed alike: only the prices say otherwise.
    for (const table of ["correction_row", "rollup_quarter", "rollup_day"])
      await world().deps.db.$executeRawUnsafe(`UPDATE ${table} SET saved_nano_usd = saved_nano_usd + 5`);
    const { problems } = await verify(world());
    expect(problems).toMatchObject([
      { kind: "correction", fields: [{ name: "saved_nano_usd", is: "5", shouldBe: "0" }] },
    ]);
  });

  it("refuses a period whose requests are not held, unless none of them is of the models named", async () => {
    await world().record([request("2026-11-12")]);
    await save(world(), discount(50), null);
    await correct(world());
    await onConnection(world(), (connection) =>
      connection.transaction(async () => {
        await openWithSums(connection, world().deps.now(), world().deps.now());
        await connection.all("DELETE FROM event_row");
      }),
    );
    // The opening balance holds what was booked, and the correction stands beside it.
    expect(await verify(world())).toMatchObject({ ok: true, corrections: { unchecked: 1 } });
    await save(world(), discount(75), 1);
    await expect(correct(world())).rejects.toMatchObject({
      code: "corrections.not-held",
      details: { requests: 1, until: "2026-11-12" },
    });
    expect(await correct(world(), { models: [SONNET] })).toEqual({ correction: null });
  });

  it("counts days of the reporting zone, and refuses people who may not", async () => {
    await world().record([request("2026-11-12"), request("2026-11-13")]);
    const viewer = await world().person("viewer");
    const input = { range: "2026-11-12", models: [] };
    await expect(correctCosts(viewer, input, world().deps)).rejects.toMatchObject({ code: "auth.forbidden" });
    await expect(previewCorrection(viewer, input, world().deps)).rejects.toMatchObject({ code: "auth.forbidden" });
    await expect(undoCorrection(viewer, { number: 1 }, world().deps)).rejects.toMatchObject({ code: "auth.forbidden" });
    await save(world(), discount(50), null);
    const finance = await world().person("finance");
    expect((await correctCosts(finance, input, world().deps)).correction).toMatchObject({ requests: 1 });
    world().wait(MS_PER_DAY);
    expect((await readTotal(world())).correctedNanoUsd).toBe("-2000000");
  });
});
