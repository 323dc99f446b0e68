import { describe, expect, it } from "vitest";
import type { CostTable } from "#core/costs/cost-table.ts";
import { sumTotals } from "#core/costs/cost-totals.ts";
import { type FiguresView, figuresView } from "#core/costs/figures.ts";
import { type CostLine, changeWords, costLines } from "./cost-lines.ts";

const row = (key: string, requests: number) => ({ key, label: key, figures: { requests }, previousCostNanoUsd: null });
const table = (previousOtherCostNanoUsd: string | null, group = "team", previousOtherUnpriced = 0) =>
  ({
    group,
    rows: [row("a", 1), row("total", 3), row("b", 2)],
    total: { requests: 6 },
    previousOtherCostNanoUsd,
    previousOtherUnpriced,
    previousOtherPlanUnpriced: 0,
    previousTotalCostNanoUsd: "9",
  }) as unknown as CostTable;

describe("the lines of a table of costs", () => {
  it("are the rows in the chosen order, and the total at the end", () => {
    const lines = costLines(table(null), { by: "requests", direction: "desc" });

    expect(lines.map((line) => (line.kind === "row" ? line.row.key : line.kind))).toEqual(["total", "b", "a", "total"]);
    expect(lines.at(-1)).toMatchObject({ name: "Total", previousNanoUsd: "9" });
  });

  it("have unique keys even when a row is called like the total", () => {
    const keys = costLines(table("7"), { by: "name", direction: "asc" }).map((line) => line.key);

    expect(new Set(keys).size).toBe(keys.length);
  });

  it("name what only the range before has, before the total", () => {
    const named = (group: string) => costLines(table("7", group), { by: "name", direction: "asc" }).at(-2);

    expect(named("team")).toMatchObject({ kind: "before", name: "Only before", figures: null, previousNanoUsd: "7" });
    expect(named("day")).toMatchObject({ name: "Other days before" });
  });

  it("name what only the range before has also where no price of it is known", () => {
    const line = costLines(table(null, "team", 4), { by: "name", direction: "asc" }).at(-2);

    expect(line).toMatchObject({ kind: "before", previousNanoUsd: null, previousMissing: 4 });
  });

  it("have no change where the cost is not known, now or before", () => {
    const figures = (costNanoUsd: string | null, unpriced: number) => ({
      ...figuresView(sumTotals([])),
      costNanoUsd,
      unpriced,
    });
    const change = (now: FiguresView | null, previousNanoUsd: string | null, previousMissing = 0) =>
      changeWords({ figures: now, previousNanoUsd, previousMissing } as CostLine);

    expect(change(figures("5", 0), "10")).toBe("−50.0%");
    expect(change(figures("5", 0), null)).toBe("new");
    expect(change(figures("5", 0), null, 30)).toBe("–");
    expect(change(figures(null, 30), "10")).toBe("–");
  });
});
