import { describe, expect, it } from "vitest";
import { type CostMeasures, sumTotals } from "#core/costs/cost-totals.ts";
import { parseRange } from "#core/time/range.ts";
import { type CostDimension, type CostReportRow, costReportColumns, costReportFileName } from "./cost-report.ts";
import { csvLines } from "./csv.ts";

const measures = (fields: Partial<CostMeasures>): CostMeasures => ({
  ...sumTotals([]),
  decision: "override",
  cacheHits: 0n,
  billingMode: "metered",
  requests: 1n,
  inputTokens: 10n,
  outputTokens: 1n,
  costNanoUsd: 0n,
  savedNanoUsd: 0n,
  avoidedNanoUsd: 0n,
  correctedNanoUsd: 0n,
  baselineNanoUsd: (fields.costNanoUsd ?? 0n) + (fields.savedNanoUsd ?? 0n),
  ...fields,
});
const row = (dimensions: CostReportRow["dimensions"], ...parts: Partial<CostMeasures>[]): CostReportRow => ({
  dimensions,
  totals: sumTotals(parts.map(measures)),
});
const report = (rows: CostReportRow[], dimensions: CostDimension[]) =>
  [...csvLines(costReportColumns(dimensions, "Europe/Berlin"), rows)].map((line) => line.trimEnd());

describe("the cost report", () => {
  it("writes dimensions, zone, counts, tokens and dollars with nine decimals", () => {
    const [header, first, second] = report(
      [
        row({ day: "2026-11-01", project: "=cmd" }, { costNanoUsd: 1n }),
        row(
          { day: "2026-11-02", project: "web" },
          { costNanoUsd: 3_572_000n, savedNanoUsd: -1n, avoidedNanoUsd: 5n, overrides: 1n },
          { costNanoUsd: 1n },
        ),
      ],
      ["project", "day"],
    );

    expect(header).toBe(
      "day,project,time_zone,requests,overridden_requests,failed_requests,unpriced_requests,input_tokens,cache_write_5m_tokens,cache_write_1h_tokens,cache_read_tokens,output_tokens,web_searches,cost_usd,full_price_usd,saved_usd,avoided_usd,plan_value_usd,unpriced_plan_requests,corrected_usd,corrected_plan_value_usd",
    );
    expect(first).toBe(
      `"2026-11-01","'=cmd","Europe/Berlin",1,0,0,0,10,0,0,0,1,0,0.000000001,0.000000001,0.000000000,0.000000000,0.000000000,0,0.000000000,0.000000000`,
    );
    expect(second).toBe(
      '"2026-11-02","web","Europe/Berlin",2,1,0,0,20,0,0,0,2,0,0.003572001,0.003572005,-0.000000001,0.000000005,0.000000000,0,0.000000000,0.000000000',
    );
  });

  it("leaves money that is not known empty, and counts what is missing elsewhere", () => {
    const rows = [
      row({ served_model: "gpt-4o" }, { unpriced: 1n }),
      row({ served_model: "opus" }, { costNanoUsd: 9n }, { unpriced: 1n }),
    ];
    const [, unpriced, partly] = report(rows, ["served_model"]);

    expect(unpriced).toBe(
      '"gpt-4o","Europe/Berlin",1,0,0,1,10,0,0,0,1,0,,,,0.000000000,0.000000000,0,0.000000000,0.000000000',
    );
    expect(partly).toContain(",2,0,0,1,20,0,0,0,2,0,0.000000009,");
  });

  it("writes no dimension that was not asked for", () => {
    const [header, totals] = report([row({ project: "web" }, { costNanoUsd: 1n })], []);

    expect(header).toMatch(/^time_zone,requests,/);
    expect(totals).toMatch(/^"Europe\/Berlin",1,/);
  });

  it("names the file by its half-open range and zone", () => {
    const range = parseRange("2026-10-01..2026-11-01", "Europe/Berlin", Date.parse("2026-11-22T12:00:00Z"));

    expect(costReportFileName(range)).toBe("cco_costs_2026-10-01_2026-11-01_Europe-Berlin.csv");
  });
});
