import { describe, expect, it } from "vitest";
import { labelledDays, niceTicks, prepareBurn } from "./prepare.ts";
import type { BudgetView } from "./queries.ts";
import { formatBreach, noForecastWords, sortByUrgency, stateWords } from "./words.ts";

const dollars = (count: number) => String(Math.round(count * 1e9));
const period = { fromDay: "2026-11-01", toDay: "2026-12-01", today: "2026-11-03", nowShare: 0.5, zone: "UTC" };

const holds = { kind: "holds" } as const;
const step = (percent: 75 | 95 | 100, usd: number, breach: BudgetView["steps"][number]["breach"]) => ({
  percent,
  nanoUsd: dollars(usd),
  reachedDay: null,
  breach,
});

const budget = (fields: Partial<BudgetView> = {}): BudgetView => ({
  id: "team:payments:dollars",
  kind: "team",
  holder: "payments",
  name: "payments",
  unit: "dollars",
  period: "month",
  isDefault: false,
  baseNanoUsd: dollars(100),
  limitNanoUsd: dollars(100),
  raises: [],
  spentNanoUsd: dollars(60),
  leftNanoUsd: dollars(40),
  share: 0.6,
  unpriced: 0,
  days: [
    { day: "2026-11-01", nanoUsd: dollars(10) },
    { day: "2026-11-02", nanoUsd: dollars(30) },
    { day: "2026-11-03", nanoUsd: dollars(20) },
  ],
  landing: { kind: "cannot-project", why: "too-few-days", daysKnown: 3, daysNeeded: 14 },
  steps: [step(75, 75, holds), step(95, 95, holds), step(100, 100, holds)],
  ...fields,
});

const ahead = (day: string, total: number, band: number) => ({
  day,
  nanoUsd: "0",
  totalNanoUsd: dollars(total),
  lowNanoUsd: dollars(total - band),
  highNanoUsd: dollars(total + band),
});

describe("the drawing of a budget", () => {
  it("runs from the first day to now, and draws no forecast where there is none", () => {
    const chart = prepareBurn(budget(), period);
    expect(chart.spent).toEqual([
      { x: 0, y: 0 },
      { x: 1, y: 10 },
      { x: 2, y: 40 },
      { x: 2.5, y: 60 },
    ]);
    expect([chart.daysCount, chart.forecast, chart.band, chart.breach]).toEqual([30, [], [], null]);
    expect(chart.steps).toEqual([
      { percent: 75, y: 75 },
      { percent: 95, y: 95 },
    ]);
  });

  it("finds where the expected total meets the limit, between two days", () => {
    const days = [ahead("2026-11-03", 80, 0), ahead("2026-11-04", 120, 10)];
    const lands = { landsNanoUsd: dollars(120), lowNanoUsd: dollars(110), highNanoUsd: dollars(130) };
    const chart = prepareBurn(budget({ landing: { kind: "projected", days, ...lands } }), period);
    expect(chart.breach).toEqual({ x: 3.5, y: 100 });
    expect(chart.band).toEqual([
      { x: 2.5, y: 60 },
      { x: 3, y: 80 },
      { x: 4, y: 130 },
      { x: 4, y: 110 },
      { x: 3, y: 80 },
    ]);
  });

  it("has round heights from nothing to above the highest, and names days from the first", () => {
    expect(niceTicks(2_120)).toEqual([0, 1_000, 2_000, 3_000]);
    expect(niceTicks(0.04)).toEqual([0, 0.01, 0.02, 0.03, 0.04]);
    expect(niceTicks(0)).toHaveLength(5);
    expect(labelledDays("2026-11-01", 30, 7).map(({ day }) => day)).toEqual([
      "2026-11-01",
      "2026-11-08",
      "2026-11-15",
      "2026-11-22",
      "2026-11-29",
    ]);
  });
});

describe("the words of a budget", () => {
  const last = (breach: BudgetView["steps"][number]["breach"], share = 0.6, id = "team:a:dollars") =>
    budget({ id, share, steps: [step(75, 75, holds), step(95, 95, holds), step(100, 100, breach)] });

  it("never calls a budget that cannot be projected one without a breach", () => {
    expect(formatBreach(last({ kind: "unknown" }), "2026")).toEqual({ text: "cannot project", isBad: false });
    expect(formatBreach(last(holds), "2026").text).toBe("no breach");
    expect(formatBreach(last({ kind: "breaks", day: "2026-11-26", earliestDay: "2026-11-25" }), "2026")).toEqual({
      text: "Thu 26 Nov",
      isBad: true,
    });
    expect(noForecastWords(budget().landing)).toContain("there are 3. That does not mean that the budget holds.");
  });

  it("puts what is blocked first, then what breaks sooner, then what is fuller", () => {
    const sorted = sortByUrgency([
      last(holds, 0.9, "d"),
      last({ kind: "breaks", day: "2026-11-28", earliestDay: "2026-11-28" }, 0.2, "c"),
      last({ kind: "breaks", day: "2026-11-20", earliestDay: "2026-11-20" }, 0.1, "b"),
      last({ kind: "reached" }, 1, "a"),
      last(holds, 0.1, "e"),
    ]);
    expect(sorted.map(({ id }) => id)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("names the highest step that is reached", () => {
    const reached = { kind: "reached" } as const;
    const over = budget({ share: 0.8, steps: [step(75, 75, reached), step(95, 95, holds), step(100, 100, holds)] });
    expect(stateWords(over)).toEqual({ text: "Over 75%", tone: "warn" });
    expect(stateWords(budget({ share: 1 })).text).toBe("Blocked");
    expect(stateWords(budget()).text).toBe("Within limit");
  });
});
