import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costGroups, costSorts } from "#core/costs/cost-table.ts";
import { type CostView, chartMetrics, defaultView, exportParams, readView, typedRange, viewParams } from "./url.ts";

const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9._-]{1,8}$/), { maxLength: 3 });
const anyView: fc.Arbitrary<CostView> = fc
  .record({
    range: fc.constantFrom("today", "7d", "30d", "mtd", "last-month", "qtd", "2026-10-01..2026-11-01", "2026-10-07"),
    cmp: fc.constantFrom("prev" as const, "none" as const),
    filters: fc.record({ project: names, team: names, model: names, person: names }),
    metric: fc.constantFrom(...chartMetrics),
    group: fc.constantFrom(...costGroups),
    split: fc.option(fc.constantFrom(...costGroups)),
    sort: fc.option(
      fc.record({ by: fc.constantFrom(...costSorts), direction: fc.constantFrom("asc" as const, "desc" as const) }),
    ),
  })
  .map((view) => ({ ...view, split: view.split === view.group ? null : view.split }));

describe("the address of the costs view", () => {
  it("opens any shared view regardless of stored choices", () => {
    fc.assert(
      fc.property(anyView, (view) => {
        expect(readView(viewParams(view))).toEqual(view);
      }),
    );
  });

  it("is empty when everything is default", () => {
    expect(viewParams(defaultView)).toEqual({});
  });

  it("falls back to the default for invalid parameters", () => {
    const broken = {
      range: "yesterday-ish",
      metric: "love",
      group: "zodiac",
      sort: "luck",
      cmp: "maybe",
      project: ",,",
    };

    expect(readView(broken)).toEqual(defaultView);
  });

  it("uses the first of a repeated parameter", () => {
    expect(readView({ range: ["7d", "30d"] }).range).toBe("7d");
  });

  it("names range and order in the export even when they are default", () => {
    expect(exportParams({ ...defaultView, sort: { by: "cost", direction: "asc" } })).toEqual({
      range: "30d",
      cmp: "prev",
      group: "day",
      sort: "cost",
      dir: "asc",
    });
  });
});

describe("a typed range", () => {
  it.each([
    ["last 3 days", "3d"],
    ["2 weeks", "14d"],
    [" 7D ", "7d"],
    ["this month", "mtd"],
    ["Last month", "last-month"],
    ["2026-10-01 to 2026-11-01", "2026-10-01..2026-11-01"],
    ["2026-10-01..2026-11-01", "2026-10-01..2026-11-01"],
    ["today", "today"],
  ])("parses %j", (text, range) => {
    expect(typedRange(text)).toBe(range);
  });

  it.each(["", "soon", "last 0 days", "2026-11-01 to 2026-10-01", "9999 weeks"])("refuses %j", (text) => {
    expect(typedRange(text)).toBeNull();
  });
});
