import { describe, expect, it } from "vitest";
import { rangeView } from "#core/costs/chart-series.ts";
import { listSlots } from "#core/costs/slots.ts";
import { parseRange } from "#core/time/range.ts";
import { rangeOfPoint, requestsOfPoint } from "./opened-slot.ts";
import { readView } from "./url.ts";

const NOW = Date.UTC(2026, 10, 20, 12);

function points(text: string, zone = "UTC") {
  const range = parseRange(text, zone, NOW);
  return { points: listSlots(range), range: rangeView(range) };
}

describe("a bar of the Costs chart", () => {
  it("stands for its day where bars are days", () => {
    expect(rangeOfPoint(points("2026-11-01..2026-11-11"), 2)).toBe("2026-11-03");
  });

  it("stands for the day of its hour, in the reporting zone", () => {
    expect(rangeOfPoint(points("2026-11-03", "Asia/Tokyo"), 23)).toBe("2026-11-03");
  });

  it("stands for the days of its month that are in the range, and no others", () => {
    const year = points("2026-01-15..2026-11-20");
    expect([0, 1, 10].map((index) => rangeOfPoint(year, index))).toEqual([
      "2026-01-15..2026-02-01",
      "2026-02-01..2026-03-01",
      "2026-11-01..2026-11-20",
    ]);
  });
});

it("a bar of the Costs chart leads to its requests with the filters of the view, and without the comparison", () => {
  const view = readView({ range: "2026-11-01..2026-11-11", project: "shop,docs", cmp: "none", metric: "tokens" });
  const address = new URL(requestsOfPoint(view, points(view.range), 2), "http://cco");
  expect([address.pathname, Object.fromEntries(address.searchParams)]).toEqual([
    "/activity",
    { range: "2026-11-03", project: "shop,docs" },
  ]);
});
