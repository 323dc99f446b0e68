// Long because one random traffic is compared in every format, on both databases.

import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { buildPricedCatalogue } from "#config/priced-catalogue.ts";
import { readCostTable } from "#control/costs/table.ts";
import { type ExportPreview, exportCostData } from "#control/export/costs.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { eventCosts, priceCacheHit, priceRequest } from "#core/costs/price-request.ts";
import { emptyUsage, type Usage } from "#core/costs/usage.ts";
import { operator } from "#tests/support/backups.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import type { ControlWorld } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { archiveEvents } from "#tests/support/retention.ts";

const seed = Number(process.env.CCO_TEST_SEED ?? Date.now() % 2 ** 31);
const RANGE = { from: "2026-11-01", to: "2026-11-22" };
const OWN = `[[discount]]
model = "claude-opus-5-5"
from = "2026-11-10"
percent = "37.5"
`;

async function read(world: ControlWorld, query: Record<string, string>): Promise<Buffer> {
  const made = await exportCostData(operator, { ...RANGE, ...query }, world.deps);
  if (!("pieces" in made)) throw new Error("a preview");
  const pieces: Buffer[] = [];
  for await (const piece of made.pieces) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

type Record_ = Record<string, string>;

/** A second reader of CSV: every record by the names of the header. */
function parseCsv(text: string): Record_[] {
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    lines.at(-1)?.push((quoted ?? plain ?? "").replaceAll('""', '"'));
    if (end === "\r\n") lines.push([]);
  }
  const [head = [], ...rows] = lines.slice(0, -1);
  return rows.map((cells) => Object.fromEntries(head.map((name, at) => [name, cells[at] ?? ""])));
}

const nano = (dollars: string | undefined): bigint => BigInt((dollars ?? "").replace(".", "") || 0);
const sum = (rows: readonly Record_[], name: string): bigint => rows.reduce((all, row) => all + nano(row[name]), 0n);

/** Any request, priced as a proxy with own prices prices it. */
function anyEvent(world: ControlWorld): fc.Arbitrary<RequestEvent> {
  const list = world.deps.config.catalogue;
  const own = buildPricedCatalogue(list, { number: 1, toml: OWN });
  return fc
    .record({
      served: fc.constantFrom("claude-opus-5-5", "claude-haiku-5-5", "claude-mystery-9"),
      requestedModel: fc.constantFrom("claude-opus-5-5", "claude-sonnet-5-5"),
      project: fc.constantFrom("website", "=app", ""),
      team: fc.constantFrom(null, "core"),
      billingMode: fc.constantFrom("metered" as const, "metered" as const, "subscription" as const),
      endpoint: fc.constantFrom("messages" as const, "messages" as const, "batches" as const, "models" as const),
      cache: fc.constantFrom("off" as const, "miss" as const, "hit" as const),
      isOwn: fc.boolean(),
      isRefused: fc.constantFrom(false, false, false, true),
      inputTokens: fc.nat(9_999),
      outputTokens: fc.nat(999),
      cacheReadTokens: fc.nat(99_999),
      cacheWrite1hTokens: fc.nat(999),
      webSearches: fc.nat(2),
      startedAtMs: fc.integer({ min: Date.parse("2026-10-31T20:00:00Z"), max: Date.parse("2026-11-22T04:00:00Z") }),
    })
    .map(({ served, isOwn, isRefused, requestedModel, startedAtMs, endpoint, cache, ...rest }) => {
      const { inputTokens, outputTokens, cacheReadTokens, cacheWrite1hTokens, webSearches, ...fields } = rest;
      const usage: Usage = isRefused
        ? emptyUsage()
        : { ...emptyUsage(), inputTokens, outputTokens, cacheReadTokens, cacheWrite1hTokens, webSearches };
      const serviceTier = endpoint === "batches" ? "batch" : "standard";
      const input = {
        ...{ requested: requestedModel, served, usage, atMs: startedAtMs },
        context: { serviceTier, speed: null, inferenceGeo: null },
      };
      const priced = (cache === "hit" ? priceCacheHit : priceRequest)(input, isOwn ? own : list);
      const amount = (value: bigint | null) => (isRefused ? null : (value?.toString() ?? null));
      return makeEvent({
        ...{ ...fields, endpoint, cache, requestedModel, servedModel: served, startedAtMs, usage, serviceTier },
        ...{ endedAtMs: startedAtMs + 900, usageState: isRefused ? "none" : "exact", status: isRefused ? 400 : 200 },
        decision: served === requestedModel ? "pass" : "override",
        ended: isRefused ? "error" : "complete",
        priceVersion: isRefused ? null : priced.priceVersion,
        costs: isRefused ? null : priced.costs && eventCosts(priced.costs),
        ...{ costNanoUsd: amount(priced.cost), savedNanoUsd: amount(priced.saved) },
        baselineNanoUsd: amount(priced.baseline),
        avoidedNanoUsd: isRefused || !("avoided" in priced) ? "0" : String(priced.avoided),
      });
    });
}

const sample = (world: ControlWorld, count: number) =>
  fc.sample(fc.array(anyEvent(world), { minLength: count, maxLength: count }), { numRuns: 1, seed })[0] ?? [];

const isIn = (zoneHours: number) => (event: RequestEvent) => {
  const from = Date.parse("2026-11-01T00:00:00Z") - zoneHours * 3_600_000;
  const isCounted = event.endpoint === "messages" || event.endpoint === "batches";
  return isCounted && event.startedAtMs >= from && event.startedAtMs < from + 21 * 86_400_000;
};

/** Sums of the events, without any code of the product. */
function truth(events: readonly RequestEvent[]) {
  const add = (of: readonly RequestEvent[]) => of.reduce((all, { costNanoUsd }) => all + BigInt(costNanoUsd ?? 0), 0n);
  return {
    requests: events.length,
    cost: add(events.filter(({ billingMode }) => billingMode === "metered")),
    plan: add(events.filter(({ billingMode }) => billingMode === "subscription")),
  };
}

/** The 21 mandatory columns of Cost and Usage; 1.3 put two names in the place of two others. */
const MANDATORY = `BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd BillingPeriodStart
  ChargeCategory ChargeClass ChargeDescription ChargePeriodEnd ChargePeriodStart ContractedCost EffectiveCost
  InvoiceIssuerName ListCost PricingQuantity PricingUnit ServiceCategory ServiceName`.split(/\s+/);
const NAMES = { "1.4": ["HostProviderName", "ServiceProviderName"], "1.2": ["ProviderName", "PublisherName"] } as const;

describe("an export of costs", () => {
  onBothDatabases((world) => {
    it(`has the amounts of the screen in every format (seed ${seed})`, async () => {
      const events = sample(world(), 220);
      await world().record(events);
      const { requests, cost, plan } = truth(events.filter(isIn(0)));
      const screen = await readCostTable(operator, "day", { range: "2026-11-01..2026-11-22" }, world().deps);
      expect([screen.total.requests, screen.total.costNanoUsd]).toEqual([requests, cost.toString()]);
      expect(screen.total.planValueNanoUsd).toBe(plan.toString());

      const groupBy = "day,project,model,team";
      const csv = parseCsv((await read(world(), { groupBy })).toString());
      const total = csv.pop();
      expect([total?.row, total?.requests, nano(total?.cost_usd)]).toEqual(["total", String(requests), cost]);
      expect([sum(csv, "cost_usd"), sum(csv, "plan_value_usd")]).toEqual([cost, plan]);
      expect(csv.every((row) => row.time_zone === "UTC" && row.cost_basis === "as recorded")).toBe(true);

      const lines = (await read(world(), { groupBy, format: "jsonl" })).toString().trimEnd().split("\n");
      const objects = lines.map((line) => JSON.parse(line) as Record<string, string | number | null>);
      const bytes = await read(world(), { groupBy, format: "parquet" });
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
      const records = await parquetReadObjects({ file });
      expect([objects.length, records.length]).toEqual([csv.length, csv.length]);
      for (const [at, row] of csv.entries()) {
        const { row: _kind, ...cells } = row;
        for (const [name, cell] of Object.entries(cells)) {
          const inJson = objects[at]?.[name] ?? "";
          const neutral = (text: string) => (text.startsWith("=") ? `'${text}` : text);
          expect([name, neutral(String(inJson))]).toEqual([name, cell]);
          const stored = records[at]?.[name] ?? "";
          if (name.endsWith("_usd") && cell !== "") expect(stored).toBeCloseTo(Number(cell), 8);
          else expect([name, neutral(String(stored))]).toEqual([name, cell]);
        }
      }
      // The rows of one day are the row of the screen.
      for (const { key, figures } of screen.rows) {
        const own = csv.filter(({ day }) => day === key);
        expect([key, sum(own, "cost_usd")]).toEqual([key, BigInt(figures.costNanoUsd ?? 0)]);
      }
    });

    it(`writes FOCUS whose billed cost is what is payable, to the nano-dollar (seed ${seed})`, async () => {
      const events = sample(world(), 220);
      await world().record(events);
      const counted = events.filter(isIn(0));
      const { requests, cost, plan } = truth(counted);
      for (const version of ["1.4", "1.2"] as const) {
        const rows = parseCsv((await read(world(), { format: "focus", focusVersion: version })).toString());
        const header = Object.keys(rows[0] ?? {});
        expect(header).toEqual(expect.arrayContaining([...MANDATORY, ...NAMES[version]]));
        for (const other of NAMES[version === "1.4" ? "1.2" : "1.4"]) expect(header).not.toContain(other);
        const firstOwn = header.findIndex((name) => name.startsWith("x_"));
        expect(header.slice(firstOwn).every((name) => name.startsWith("x_"))).toBe(true);

        expect([sum(rows, "BilledCost"), sum(rows, "EffectiveCost")]).toEqual([cost, cost]);
        const inPlan = rows.filter((row) => row.x_BillingMode === "subscription");
        expect([sum(inPlan, "BilledCost"), sum(inPlan, "ContractedCost")]).toEqual([0n, plan]);
        expect(inPlan.every((row) => row.BilledCost === "0.000000000")).toBe(true);
        expect(rows.reduce((all, row) => all + Number(row.x_RequestCount), 0)).toBe(requests);

        // What has no price is empty in every amount, never 0.
        const unpriced = rows.filter((row) => row.x_CostBasis === "unpriced");
        for (const row of unpriced) expect([row.ContractedCost, row.ListCost]).toEqual(["", ""]);
        const metered = unpriced.filter((row) => row.x_BillingMode === "metered");
        for (const row of metered) expect(row.BilledCost).toBe("");
        const without = counted.filter((one) => one.costNanoUsd === null && one.usageState !== "none");
        expect(unpriced.reduce((all, row) => all + Number(row.x_RequestCount), 0)).toBe(without.length);
      }
    });

    it("prices a batch and a discount by hand: half the list, and 62.5 % of the list", async () => {
      // The list price of an output token, in nano-dollars.
      const opus = world().deps.config.catalogue.models.find(({ id }) => id === "claude-opus-5-5");
      const perToken = opus?.prices[0]?.output ?? 0n;
      const event = (fields: Partial<RequestEvent>, paid: bigint) =>
        makeEvent({
          ...{ requestedModel: "claude-opus-5-5", servedModel: "claude-opus-5-5", decision: "pass" },
          usage: { ...emptyUsage(), outputTokens: 8_000 },
          startedAtMs: Date.parse("2026-11-12T10:00:00Z"),
          endedAtMs: Date.parse("2026-11-12T10:00:01Z"),
          costs: { ...noCosts, outputNanoUsd: paid.toString() },
          ...{ costNanoUsd: paid.toString(), baselineNanoUsd: paid.toString(), savedNanoUsd: "0" },
          ...fields,
        });
      const listed = perToken * 8_000n;
      const version = world().deps.config.catalogue.priceVersion;
      await world().record([
        event({ endpoint: "batches", serviceTier: "batch", priceVersion: version }, listed / 2n),
        event({ project: "own", priceVersion: `${version}+own.1` }, (listed * 5n) / 8n),
      ]);
      const rows = parseCsv((await read(world(), { format: "focus" })).toString()).filter(
        (row) => row.SkuMeter === "Output Tokens",
      );
      const pick = (tier: string) => rows.find((row) => row.SkuPriceId?.endsWith(`/${tier}`)) ?? {};
      expect(perToken).toBeGreaterThan(0n);
      expect(nano(pick("batch").BilledCost)).toBe(listed / 2n);
      expect(nano(pick("batch").ListCost)).toBe(listed / 2n);
      expect(nano(pick("standard").BilledCost)).toBe((listed * 5n) / 8n);
      expect(nano(pick("standard").ListCost)).toBe(listed);
      expect(pick("standard")).toMatchObject({
        PricingQuantity: "0.008000",
        PricingUnit: "1000000 Tokens",
        ConsumedQuantity: "8000",
        ChargeDescription: "Output tokens for claude-opus-5-5",
        BillingPeriodStart: "2026-11-01T00:00:00Z",
        BillingPeriodEnd: "2026-12-01T00:00:00Z",
        ChargePeriodStart: "2026-11-12T00:00:00Z",
        ChargePeriodEnd: "2026-11-13T00:00:00Z",
        x_CostBasis: "own prices",
        Tags: '{"project":"own"}',
      });
      expect(nano(pick("standard").ListUnitPrice)).toBe(perToken * 1_000_000n);
    });

    it(`counts days of another zone, half-open, and what is archived or came as sums alone (seed ${seed})`, async () => {
      const events = sample(world(), 120);
      await world().record(events);
      const berlin = truth(events.filter(isIn(1)));
      const total = async (query: Record<string, string>) => parseCsv((await read(world(), query)).toString());
      const csv = await total({ tz: "Europe/Berlin", groupBy: "day,model" });
      expect([csv.at(-1)?.requests, nano(csv.at(-1)?.cost_usd)]).toEqual([String(berlin.requests), berlin.cost]);
      const focus = await total({ tz: "Europe/Berlin", format: "focus" });
      expect(sum(focus, "BilledCost")).toBe(berlin.cost);
      expect(focus.every((row) => row.ChargePeriodStart?.endsWith("T23:00:00Z"))).toBe(true);

      const before = (await read(world(), { format: "focus" })).toString();
      await archiveEvents(world());
      expect((await read(world(), { format: "focus" })).toString().split("\r\n").sort()).toEqual(
        before.split("\r\n").sort(),
      );

      // As after a restore without single requests: the sums are there, and no list price is.
      await world().deps.db.eventRow.deleteMany({});
      await world().deps.db.archiveFile.deleteMany({});
      const rest = await total({ format: "focus" });
      expect(sum(rest, "BilledCost")).toBe(truth(events.filter(isIn(0))).cost);
      expect(new Set(rest.map((row) => row.x_CostBasis))).toEqual(new Set(["sums"]));
      expect(rest.every((row) => row.ListCost === "")).toBe(true);
    });

    it("names the field of every mistake", async () => {
      for (const [query, field] of [
        [{ from: "2026-11-05", to: "2026-11-01" }, "to"],
        [{ from: "2026-11-05", to: "2026-11-05" }, "to"],
        [{ from: "2026-02-30" }, "from"],
        [{ from: "" }, "from"],
        [{ format: "xml" }, "format"],
        [{ format: "focus", focusVersion: "1.3" }, "focusVersion"],
        [{ focusVersion: "1.4" }, "focusVersion"],
        [{ groupBy: "day,planet" }, "groupBy.1"],
        [{ columns: "cost_usd,cost" }, "columns"],
        [{ format: "focus", columns: "BilledCost" }, "columns"],
        [{ tz: "Mars/Base" }, "tz"],
        [{ range: "7d" }, "range"],
        [{ total: "maybe" }, "total"],
      ] as [Record<string, string>, string][]) {
        const refusal = await read(world(), query).then(
          () => null,
          (error: unknown) => error as { code: string; details: { fields: Record<string, string> } },
        );
        expect([JSON.stringify(query), refusal?.code, Object.keys(refusal?.details.fields ?? {})]).toEqual([
          JSON.stringify(query),
          "request.invalid",
          [field],
        ]);
      }
    });

    it("shows the first rows in a dry run, chooses columns, and records each export", async () => {
      await world().record(sample(world(), 60));
      const query = { ...RANGE, format: "focus", dryRun: "yes" };
      const preview = (await exportCostData(operator, query, world().deps)) as ExportPreview;
      expect(preview.rows).toHaveLength(20);
      expect(preview.hasMore).toBe(true);
      expect(Object.keys(preview.rows[0] ?? {})).toEqual(preview.columns);
      const chosen = (await read(world(), { columns: "cost_usd,day", total: "no" })).toString();
      expect(chosen.split("\r\n")[0]).toBe("cost_usd,day");
      const entries = await world().deps.db.auditEntry.findMany({ where: { action: "costs.export" } });
      expect(entries.map(({ objectId }) => objectId)).toEqual([
        "cco_costs_2026-11-01_2026-11-22_UTC.focus-1.4.csv",
        "cco_costs_2026-11-01_2026-11-22_UTC.csv",
      ]);
    });
  });
});

const noCosts = {
  inputNanoUsd: "0",
  cacheWrite5mNanoUsd: "0",
  cacheWrite1hNanoUsd: "0",
  cacheReadNanoUsd: "0",
  outputNanoUsd: "0",
  webSearchNanoUsd: "0",
};
