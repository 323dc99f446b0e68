import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { fabricateBill, type Plant } from "#tests/support/fabricated-bill.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import type { BillReport } from "./bill-record.ts";
import { compareBill } from "./compare-bill.ts";
import { CAUSES } from "./explain-cell.ts";
import { LedgerCells } from "./ledger-cells.ts";
import { parseReport } from "./parse-report.ts";
import { sumBillRows } from "./sum-bill-rows.ts";

const catalogue = loadCatalogue();
const DAYS = ["2026-11-02", "2026-11-03", "2026-11-04"];

function read(text: string): BillReport {
  const parsed = parseReport(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.report;
}

function compare(
  texts: string[],
  events: Parameters<LedgerCells["add"]>[0][],
  through: Set<string | null> | null = null,
) {
  const reports = texts.map(read);
  const ledger = new LedgerCells(catalogue);
  for (const event of events) ledger.add(event);
  const listDays = (kind: string) => new Set(reports.flatMap((report) => (report.kind === kind ? report.days : [])));
  const records = reports.flatMap((report) => report.records);
  return compareBill({ records, usageDays: listDays("usage"), costDays: listDays("cost"), ledger, catalogue, through });
}

const anyPlants = fc
  .record({
    past: fc.integer({ min: 0, max: 3 }),
    billedMilli: fc.constantFrom(1000n, 1000n, 900n, 1100n, 875n),
    batches: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
    endings: fc.array(fc.integer({ min: -30_000, max: 60_000 }), { maxLength: 3 }),
    hasUnpriced: fc.boolean(),
  })
  .map(({ past, billedMilli, batches: [batchesSeen, batchesPast], endings, hasUnpriced }): Plant[] => [
    { model: "claude-opus-4-8", prices: [5000n, 6250n, 500n, 25_000n], past, batchesSeen, batchesPast },
    { model: "claude-sonnet-5-5", prices: [4000n, 5000n, 400n, 20_000n], billedMilli, past: 1 },
    { model: "claude-haiku-4-5", prices: [1000n, 1250n, 100n, 5000n], endings },
    ...(hasUnpriced
      ? [{ model: "claude-of-tomorrow", prices: [2000n, 2500n, 200n, 10_000n], isUnpriced: true } as const]
      : []),
  ]);

describe("a fabricated bill with planted causes", () => {
  it("is explained to the nano-dollar where the report rounds nothing, in any zone", () => {
    fc.assert(
      fc.property(fc.integer(), anyPlants, fc.constantFrom(0, 0, 2, -8, 9), (seed, plants, zoneHours) => {
        const bill = fabricateBill({ seed, days: DAYS, plants, decimals: 9, zoneHours });
        const { rows, zoneShiftMinutes } = compare([bill.usageJson, bill.costJson], bill.events);
        const sums = sumBillRows(rows);
        expect(zoneShiftMinutes).toBe(zoneHours === 0 ? 0 : zoneHours * -60);
        expect(sums.billedNanoUsd).toBe(bill.billedNanoUsd);
        expect(sums.ledgerNanoUsd).toBe(bill.ledgerNanoUsd);
        const { unexplained, ...explained } = sums.causes;
        expect(unexplained).toBe(0n);
        for (const cause of ["zone", "price", "unpriced", "batch", "estimated", "past"] as const)
          expectWithin(explained[cause], bill.planted[cause], 60n, cause);
      }),
      { numRuns: 40 },
    );
  });

  it("is explained to the cent a line where the report rounds to cents", () => {
    fc.assert(
      fc.property(fc.integer(), anyPlants, fc.boolean(), (seed, plants, isCsv) => {
        const bill = fabricateBill({ seed, days: DAYS, plants, decimals: 2 });
        const { rows } = compare([bill.usageJson, isCsv ? bill.costCsv : bill.costJson], bill.events);
        const sums = sumBillRows(rows);
        expect(sums.causes.unexplained).toBe(0n);
        const halfCents = BigInt(bill.costLines) * 5_000_000n;
        for (const cause of ["zone", "batch", "price", "unpriced", "estimated", "past", "rounding"] as const)
          expectWithin(sums.causes[cause], bill.planted[cause], halfCents, cause);
        for (const row of rows)
          expect(CAUSES.reduce((sum, cause) => sum + row.causes[cause], 0n)).toBe(row.differenceNanoUsd);
      }),
      { numRuns: 40 },
    );
  });
});

const NOON = Date.parse("2026-11-02T12:00:00Z");

/** One request of 1,000,000 input tokens at $4 a million. */
const recorded = (fields: Partial<Parameters<typeof makeEvent>[0]> = {}, tokens = 1_000_000) =>
  makeEvent({
    startedAtMs: NOON,
    servedModel: "claude-opus-5-5",
    requestedModel: "claude-opus-5-5",
    usage: {
      inputTokens: tokens,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      cacheReadTokens: 0,
      outputTokens: 0,
      thinkingTokens: 0,
      webSearches: 0,
    },
    costs: {
      inputNanoUsd: String(BigInt(tokens) * 4000n),
      cacheWrite5mNanoUsd: "0",
      cacheWrite1hNanoUsd: "0",
      cacheReadNanoUsd: "0",
      outputNanoUsd: "0",
      webSearchNanoUsd: "0",
    },
    costNanoUsd: String(BigInt(tokens) * 4000n),
    ...fields,
  });

const usageCsv = (tokens: number, workspace = "Default") =>
  `usage_date_utc,model_version,workspace,usage_type,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count
2026-11-02,claude-opus-5-5,${workspace},standard,${tokens},0,0,0,0,0
`;
const costCsv = (dollars: string, workspace = "Default") =>
  `usage_date_utc,model,workspace,usage_type,token_type,cost_usd,cost_type
2026-11-02,Claude Opus 5.5,${workspace},message,input_no_cache,${dollars},token
`;

describe("one cell of the bill", () => {
  it("names the traffic past CCO, the price and the rounding of one line by hand", () => {
    // Billed: 1,500,000 tokens at $3.60 a million are $5.40. Recorded: 1,000,000 at $4, $4.00.
    const [row] = compare([usageCsv(1_500_000), costCsv("5.40")], [recorded()]).rows;
    expect(row).toMatchObject({
      billedNanoUsd: 5_400_000_000n,
      ledgerNanoUsd: 4_000_000_000n,
      differenceNanoUsd: 1_400_000_000n,
    });
    expect(row?.causes).toMatchObject({ past: 1_800_000_000n, price: -400_000_000n, rounding: 0n, unexplained: 0n });
  });

  it("leaves what the ledger holds beyond the bill unexplained", () => {
    const [row] = compare([usageCsv(750_000), costCsv("3.00")], [recorded()]).rows;
    expect(row?.causes).toMatchObject({ past: 0n, unexplained: -1_000_000_000n });
    const [only] = compare(
      [usageCsv(1, "other").replace("opus-5-5", "sonnet-5-5"), costCsv("0.00").replace("Opus", "Sonnet")],
      [recorded()],
    ).rows;
    expect(only).toMatchObject({ model: "claude-opus-5-5", billedNanoUsd: 0n, differenceNanoUsd: -4_000_000_000n });
    expect(only?.causes.unexplained).toBe(-4_000_000_000n);
  });

  it("says of a cost report alone only what is certain", () => {
    expect(compare([costCsv("4.00")], [recorded()]).rows[0]?.causes).toMatchObject({ rounding: 0n, unexplained: 0n });
    expect(compare([costCsv("4.003")], [recorded()]).rows[0]?.causes.unexplained).toBe(3_000_000n);
    expect(compare([costCsv("4.00")], []).rows[0]?.causes.past).toBe(4_000_000_000n);
    expect(compare([costCsv("4.00")], [recorded({ costs: null, costNanoUsd: null })]).rows[0]?.causes.unpriced).toBe(
      4_000_000_000n,
    );
  });

  it("values tokens at the ledger’s price without a cost report, and at none where there is no price", () => {
    const [row] = compare([usageCsv(1_250_000)], [recorded()]).rows;
    expect(row).toMatchObject({ isValued: true, billedNanoUsd: 5_000_000_000n });
    expect(row?.causes.past).toBe(1_000_000_000n);
    expect(compare([usageCsv(1_250_000)], []).rows[0]).toMatchObject({ billedNanoUsd: null, differenceNanoUsd: null });
  });

  it("takes a workspace that does not go through CCO for traffic past it, and compares the others", () => {
    const texts = [
      usageCsv(1_000_000) + usageCsv(500_000, "wrkspc_b").split("\n")[1],
      costCsv("4.00") + costCsv("2.00", "wrkspc_b").split("\n")[1],
    ];
    const { rows } = compare(texts, [recorded()], new Set([null]));
    expect(
      rows.map(({ workspaces, differenceNanoUsd, causes }) => [workspaces, differenceNanoUsd, causes.past]),
    ).toEqual([
      [["wrkspc_b"], 2_000_000_000n, 2_000_000_000n],
      [[null], 0n, 0n],
    ]);
  });

  it("leaves out plan traffic and answers of the response cache", () => {
    const events = [recorded(), recorded({ billingMode: "subscription" }), recorded({ cache: "hit" })];
    expect(compare([usageCsv(1_000_000), costCsv("4.00")], events).rows[0]?.differenceNanoUsd).toBe(0n);
  });
});

function expectWithin(is: bigint, wanted: bigint, by: bigint, name: string): void {
  const off = is > wanted ? is - wanted : wanted - is;
  expect(off <= by, `${name}: ${is} instead of ${wanted}`).toBe(true);
}
