import { describe, expect, it } from "vitest";
import type { CostTable } from "#core/costs/cost-table.ts";
import { costLines } from "./cost-lines.ts";

const row = (key: string, requests: number) => ({ key, label: key, figures: { requests }, previousCostNanoUsd: null });
const table = (previousOtherCostNanoUsd: string | null, group = "team") =>
  ({
    group,
    rows: [row("a", 1), row("total", 3), row("b", 2)],
    total: { requests: 6 },
    previousOtherCostNanoUsd,
    previousTotalCostNanoUsd: "9",
  }) as unknown as CostTable;

describe("the lines of a table of costs", () => {
  it("are the rows in the chosen order, and the total at the end", () => {
    const lines = costLines(table(null), { by: "requests", direction: "desc" });

    expect(lines.map((line) => (line.kind === "row" ? line.row.key : line.kind))).toEqual(["total", "b", "a", "total"]);
    expect(lines.at(-1)).toMatchObject({ name: "Total", previousNanoUsd: "9" });
  });

  it("have keys of their own even when a row is called like the total", () => {
    const keys = costLines(table("7"), { by: "name", direction: "asc" }).map((line) => line.key);

    expect(new Set(keys).size).toBe(keys.length);
  });

  it("name what only the range before has, before the total", () => {
    const named = (group: string) => costLines(table("7", group), { by: "name", direction: "asc" }).at(-2);

    expect(named("team")).toMatchObject({ kind: "before", name: "Only before", figures: null, previousNanoUsd: "7" });
    expect(named("day")).toMatchObject({ name: "Other days before" });
  });
});
