// Long because every verb of prices is tried on the same requests, on both databases.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { buildPricedCatalogue } from "#config/priced-catalogue.ts";
import { readRequest } from "#control/activity/request.ts";
import { readOverview } from "#control/costs/overview.ts";
import { verifyRecords } from "#control/ledger/verify.ts";
import { rollBackPrices, savePrices } from "#control/prices/change.ts";
import { listPricesHistory, showPriceVersion } from "#control/prices/history.ts";
import { previewPrices } from "#control/prices/preview.ts";
import { readPrices } from "#control/prices/read.ts";
import { operatorActor } from "#core/access/actor.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { eventCosts, priceRequest } from "#core/costs/price-request.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { takeInPricesFile } from "#store/price-versions.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inControlTransaction } from "#store/transaction.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";

const HALF = `[[discount]]
model = "claude-opus-5-5"
from = "2026-11-20"
percent = "50"
`;
const HOUSE = `[[price]]
model = "house-model-7"
from = "2026-11-01"
input = "1"
output = "5"
cache_write_5m = "1.25"
cache_write_1h = "2"
cache_read = "0.1"
`;
const operator = operatorActor("root");
const day = (text: string) => Date.parse(`${text}T12:00:00Z`);

/** A request of 1,000 input tokens, priced as a proxy with these own prices prices it. */
function request(world: ControlWorld, toml: string | null, fields: Partial<RequestEvent> = {}): RequestEvent {
  const model = fields.servedModel ?? "claude-opus-5-5";
  const usage = { ...emptyUsage(), inputTokens: 1_000 };
  const startedAtMs = fields.startedAtMs ?? day("2026-11-21");
  const catalogue = buildPricedCatalogue(world.deps.config.catalogue, toml === null ? null : { number: 1, toml });
  const context = { serviceTier: "standard", speed: null, inferenceGeo: null };
  const priced = priceRequest({ requested: model, served: model, usage, context, atMs: startedAtMs }, catalogue);
  return makeEvent({
    requestedModel: model,
    servedModel: model,
    answeredModel: model,
    decision: "pass",
    usage,
    startedAtMs,
    endedAtMs: startedAtMs + 900,
    priceVersion: priced.priceVersion,
    costs: priced.costs && eventCosts(priced.costs),
    costNanoUsd: priced.cost?.toString() ?? null,
    baselineNanoUsd: priced.baseline?.toString() ?? null,
    savedNanoUsd: priced.saved?.toString() ?? null,
    ...fields,
  });
}

const save = (world: ControlWorld, toml: string, basedOn: number | null) =>
  savePrices(operator, { toml, comment: "as agreed", basedOn }, world.deps);

onBothDatabases((world) => {
  it("keeps every saved text as a numbered version, with author, comment and an entry of the audit log", async () => {
    await save(world(), HALF, null);
    await save(world(), HALF + HOUSE, 1);

    const { versions } = await listPricesHistory(operator, {}, world().deps);
    expect(versions.map(({ number, comment, actorName, source }) => [number, comment, actorName, source])).toEqual([
      [2, "as agreed", "root", "cli"],
      [1, "as agreed", "root", "cli"],
    ]);
    const entries = await world().deps.db.auditEntry.findMany({ orderBy: { id: "asc" } });
    expect(entries.map(({ action, objectId }) => [action, objectId])).toEqual([
      ["prices.change", "1"],
      ["prices.change", "2"],
    ]);
    expect(JSON.parse(entries[0]?.after ?? "")).toMatchObject({
      version: 1,
      changes: ["claude-opus-5-5 from 2026-11-20: $4.00 in, $20.00 out → $2.00 in, $10.00 out", expect.any(String)],
    });
    expect(await showPriceVersion(operator, 2, world().deps)).toMatchObject({
      toml: HALF + HOUSE,
      previousToml: HALF,
      isInForce: true,
      changes: [
        { model: "house-model-7", from: "2026-11-01", before: { paid: null }, after: { paid: { input: "1.00" } } },
      ],
    });
  });

  it("says what a cheaper model would save at the prices that are paid, not at the list's", async () => {
    const paid = { costNanoUsd: "2000000000", baselineNanoUsd: "2000000000", savedNanoUsd: "0" };
    await world().record([request(world(), null, paid)]);
    const find = async () =>
      (await readOverview(operator, {}, world().deps)).needsALook.find(({ kind }) => kind === "unruled");
    // Sonnet 5.5 costs half of Opus 5.5 on the list, and as much as Opus at half its price.
    expect(await find()).toMatchObject({ target: "claude-sonnet-5-5", wouldSaveNanoUsd: "1000000000" });

    await save(world(), HALF, null);
    expect(await find()).toMatchObject({ target: "claude-sonnet-5-5", wouldSaveNanoUsd: null });
  });

  it("rolls back by saving an old text under a new number", async () => {
    await save(world(), HALF, null);
    await save(world(), HOUSE, 1);
    const { version } = await rollBackPrices(operator, { to: 1 }, world().deps);

    expect(version).toMatchObject({ number: 3, rolledBackTo: 1, basedOn: 2 });
    expect((await readPrices(operator, world().deps)).toml).toBe(HALF);
    await expect(rollBackPrices(operator, { to: 9 }, world().deps)).rejects.toMatchObject({ code: "not-found" });
  });

  it("refuses errors by line and field, a base that is not in force, and what changes nothing; the last good stays", async () => {
    await save(world(), HALF, null);

    await expect(save(world(), HOUSE.replace('"1"', '"-1"'), 1)).rejects.toMatchObject({
      code: "prices.invalid",
      message: "prices.toml:4: price[1].input is negative. Prices are dollars per million tokens, 10,000 at most.",
      details: { problems: [{ line: 4, field: "price[1].input" }] },
    });
    await expect(save(world(), HOUSE, null)).rejects.toMatchObject({ code: "changed-meanwhile" });
    await expect(save(world(), HALF, 1)).rejects.toMatchObject({ code: "prices.unchanged" });
    expect((await readPrices(operator, world().deps)).toml).toBe(HALF);
  });

  it("previews models, days, and what the last 30 days would have cost, to the nano-dollar", async () => {
    const list = { requestedModel: "house-model-7", servedModel: "house-model-7" };
    await world().record([
      request(world(), null, { startedAtMs: day("2026-11-19") }), // 1,000 tokens at $4: 4,000,000
      request(world(), null, { startedAtMs: day("2026-11-21") }),
      request(world(), null, { ...list, startedAtMs: day("2026-11-21") }), // unpriced
      request(world(), null, { startedAtMs: day("2026-10-01") }), // before the 30 days
      request(world(), null, { startedAtMs: day("2026-11-21"), billingMode: "subscription" }),
    ]);

    const preview = await previewPrices(operator, { toml: HALF + HOUSE }, world().deps);

    expect(preview.problems).toEqual([]);
    expect(preview.changes.map(({ model, speed, from, until }) => [model, speed, from, until])).toEqual([
      ["claude-opus-5-5", "standard", "2026-11-20", null],
      ["claude-opus-5-5", "fast", "2026-11-20", null],
      ["house-model-7", "standard", "2026-11-01", null],
    ]);
    expect(preview.past?.metered).toEqual({
      requests: 3,
      bookedNanoUsd: "8000000",
      beforeNanoUsd: "8000000",
      afterNanoUsd: "7000000", // 4,000,000 before the discount, 2,000,000 with it, 1,000 tokens at $1
      throughoutNanoUsd: "5000000",
      unpricedBooked: 1,
      unpricedAfter: 0,
    });
    expect(preview.past?.plan).toMatchObject({ requests: 1, bookedNanoUsd: "4000000", afterNanoUsd: "2000000" });
    expect((await previewPrices(operator, { toml: "[[price]]" }, world().deps)).problems[0]?.line).toBe(1);
  });

  it("verifies every request by the version it was priced with, and names an amount that is not its price", async () => {
    await save(world(), HALF, null);
    const { deps, databaseUrl } = world();
    const right = request(world(), HALF);
    expect(right.costNanoUsd).toBe("2000000");
    await world().record([request(world(), null), right]);
    const { catalogue } = deps.config;
    const connection = await openSqlConnection(databaseUrl);
    onTestFinished(() => connection.close());

    expect((await verifyRecords(operator, { connection, catalogue }, deps)).ledger).toMatchObject({
      differences: 0,
      repriced: 2,
    });
    await world().record([
      request(world(), HALF, {
        id: "evt_wrong",
        costs: request(world(), null).costs,
        costNanoUsd: "4000000",
        baselineNanoUsd: "4000000",
      }),
    ]);
    expect((await verifyRecords(operator, { connection, catalogue }, deps)).ledger.problems).toMatchObject([
      { kind: "event", which: "evt_wrong" },
    ]);
    const detail = await readRequest(operator, right.id, deps);
    expect(detail.listCostNanoUsd).toBe("4000000");
  });

  it("takes in a price file once, as a version by “file”", async () => {
    const connection = await openSqlConnection(world().databaseUrl);
    onTestFinished(() => connection.close());
    const take = (toml: string) =>
      inControlTransaction(connection, () => takeInPricesFile(connection, toml, world().deps.now()));

    expect([await take(HALF), await take(HALF), await take(HOUSE)]).toEqual([true, false, true]);
    const { versions } = await listPricesHistory(operator, {}, world().deps);
    expect(versions.map(({ number, source }) => [number, source])).toEqual([
      [2, "file"],
      [1, "file"],
    ]);
  });
});

describe("a price file named by the environment", () => {
  async function worldWithFile(text: string): Promise<{ world: ControlWorld; file: string }> {
    const first = await makeControlWorld();
    const file = join(first.deps.config.dataDir, "prices.toml");
    writeFileSync(file, text);
    first.deps.config.pricesFile = file;
    onTestFinished(() => first.end());
    return { world: first, file };
  }

  it("is shown with what is wrong with it, and refuses changes in the console", async () => {
    const { world, file } = await worldWithFile(HALF.replace("50", "500"));

    expect((await readPrices(operator, world.deps)).file).toEqual({
      path: file,
      problem: `${file}:4: discount[1].percent is too large. A discount is 0 to 100 percent.`,
    });
    await expect(save(world, HALF, null)).rejects.toMatchObject({ code: "prices.file-read-only" });
    await expect(rollBackPrices(operator, { to: 1 }, world.deps)).rejects.toMatchObject({
      code: "prices.file-read-only",
    });
  });
});

describe("the list of prices", () => {
  it("has each model's list price, what is paid today and where that comes from", async () => {
    const world = await makeControlWorld();
    onTestFinished(() => world.end());
    await save(world, HALF + HOUSE, null);

    const { rows, tables, priceVersion, today } = await readPrices(operator, world.deps);

    expect([today, priceVersion]).toEqual(["2026-11-22", `${world.deps.config.catalogue.priceVersion}+own.1`]);
    expect(rows.find(({ model, speed }) => model === "claude-opus-5-5" && speed === "standard")).toMatchObject({
      list: { paid: { input: "4.00", cacheRead: "0.20" } },
      today: { paid: { input: "2.00", cacheRead: "0.10" }, source: "list", discountPercent: "50" },
      spans: [{ from: null }, { from: "2026-11-20" }],
    });
    expect(rows.find(({ model }) => model === "house-model-7")).toMatchObject({
      status: "own",
      list: { paid: null },
      today: { source: "own", paid: { output: "5.00" } },
    });
    expect(tables).toMatchObject([
      { kind: "price", line: 5, model: "house-model-7", from: "2026-11-01" },
      { kind: "discount", line: 1, model: "claude-opus-5-5", amount: "50" },
    ]);
    const notes = (id: string) => rows.find(({ model, speed }) => model === id && speed === "fast")?.notes.join();
    expect(notes("claude-opus-4-6")).toContain("The provider ignores the switch");
    expect(notes("claude-opus-4-7")).toContain("The provider refuses the switch");
  });
});
