import { describe, expect, it } from "vitest";
import { seededRandom } from "#tests/support/seeded-random.ts";
import { addDays, addMonths } from "../time/instant.ts";
import {
  type Breach,
  type DayAmount,
  FORECAST_DAYS_MIN,
  FORECAST_DAYS_USED,
  type Forecast,
  findBreach,
  projectPeriod,
} from "./forecast.ts";

/** Days of the same amounts, Monday first, repeated from a Monday on. */
const weeks = (amounts: readonly (bigint | null)[], from = "2026-10-05"): DayAmount[] =>
  amounts.map((nanoUsd, at) => ({ day: addDays(from, at), nanoUsd }));

const week = [100n, 110n, 120n, 130n, 90n, 10n, 0n];
const nothingSpent = { spentBeforeNanoUsd: 0n, spentTodayNanoUsd: 0n };

function projected(forecast: Forecast): Extract<Forecast, { kind: "projected" }> {
  if (forecast.kind !== "projected") throw new Error(`refused: ${forecast.why}`);
  return forecast;
}

describe("a forecast of money", () => {
  it("adds the medians of the weekdays that are left, and of today what its weekday still lacks", () => {
    const history = weeks([...week, ...week, ...week]);
    // Monday 26 October, of which 30 of the usual 100 are spent; the period ends with Saturday.
    const spent = { spentBeforeNanoUsd: 1_000n, spentTodayNanoUsd: 30n };
    const { days, landsNanoUsd, lowNanoUsd, highNanoUsd } = projected(
      projectPeriod({ history, today: "2026-10-26", ...spent, toDay: "2026-11-01" }),
    );
    expect(days.map(({ day, nanoUsd }) => [day, nanoUsd])).toEqual([
      ["2026-10-26", 70n],
      ["2026-10-27", 110n],
      ["2026-10-28", 120n],
      ["2026-10-29", 130n],
      ["2026-10-30", 90n],
      ["2026-10-31", 10n],
    ]);
    expect(landsNanoUsd).toBe(1_000n + 30n + 70n + 110n + 120n + 130n + 90n + 10n);
    // Weeks that are alike leave nothing to miss.
    expect([lowNanoUsd, highNanoUsd]).toEqual([landsNanoUsd, landsNanoUsd]);
  });

  it("does not let one outlying day move what is expected, but widens the band", () => {
    const outlier = week.map((amount, at) => (at === 2 ? amount + 5_000n : amount));
    const history = weeks([...week, ...outlier, ...week]);
    const ahead = { today: "2026-10-26", ...nothingSpent, toDay: "2026-11-02" };
    const forecast = projected(projectPeriod({ history, ...ahead }));
    expect(forecast.landsNanoUsd).toBe(560n);
    expect(forecast.highNanoUsd).toBeGreaterThan(1_500n);
    expect(forecast.lowNanoUsd).toBe(0n);
  });

  it("expects nothing more of a day that has had more than usual", () => {
    const history = weeks([...week, ...week]);
    const input = { history, today: "2026-10-19", spentBeforeNanoUsd: 5n, spentTodayNanoUsd: 400n };
    expect(projected(projectPeriod({ ...input, toDay: "2026-10-20" })).landsNanoUsd).toBe(405n);
  });

  it("stays exact beyond what a floating-point number holds", () => {
    const huge = 10n ** 30n + 1n;
    const history = weeks(Array.from({ length: 14 }, () => huge));
    const input = { history, today: "2026-10-19", ...nothingSpent, toDay: "2026-10-22" };
    expect(projected(projectPeriod(input)).landsNanoUsd).toBe(3n * huge);
  });

  it("refuses with fewer than fourteen days since the first spending, however many days of nothing came before", () => {
    const history = weeks([...Array.from({ length: 30 }, () => 0n), ...week, ...week.slice(0, 6)]);
    const input = { today: "2026-11-17", ...nothingSpent, toDay: "2026-12-01" };
    expect(projectPeriod({ history, ...input })).toEqual({
      kind: "cannot-project",
      why: "too-few-days",
      daysKnown: 13,
      daysNeeded: FORECAST_DAYS_MIN,
    });
    expect(projectPeriod({ history: [], ...input })).toMatchObject({ why: "too-few-days", daysKnown: 0 });
    const longer = weeks([...week, ...week]);
    expect(projectPeriod({ history: longer, ...nothingSpent, today: "2026-10-19", toDay: "2026-11-01" }).kind).toBe(
      "projected",
    );
  });

  it("refuses where too many days have no known sum, and never takes one for nothing", () => {
    const withGap = weeks([...week, ...week].map((amount, at) => (at === 8 ? null : amount)));
    const input = { today: "2026-10-19", ...nothingSpent, toDay: "2026-11-01" };
    expect(projectPeriod({ history: withGap, ...input })).toMatchObject({ why: "unknown-days", daysKnown: 13 });
    const noTuesdays = weeks([...week, ...week, ...week].map((amount, at) => (at % 7 === 1 ? null : amount)));
    expect(projectPeriod({ history: noTuesdays, ...input, today: "2026-10-26" })).toMatchObject({
      why: "unknown-days",
      daysKnown: 18,
    });
  });

  it("names the day on which the total reaches a limit, and keeps what cannot be projected apart from what holds", () => {
    const history = weeks([...week, ...week]);
    const forecast = projectPeriod({ history, today: "2026-10-19", ...nothingSpent, toDay: "2026-10-26" });
    // 100, 210, 330, 460, 550, 560, 560.
    const cases: [bigint, bigint, Breach][] = [
      [0n, 460n, { kind: "breaks", day: "2026-10-22", earliestDay: "2026-10-22" }],
      [0n, 461n, { kind: "breaks", day: "2026-10-23", earliestDay: "2026-10-23" }],
      [0n, 561n, { kind: "holds" }],
      [20n, 20n, { kind: "reached" }],
    ];
    for (const [spent, limit, breach] of cases) expect(findBreach(forecast, spent, limit)).toEqual(breach);
    const refused = projectPeriod({ history: [], today: "2026-10-19", ...nothingSpent, toDay: "2026-10-26" });
    expect(findBreach(refused, 0n, 10n ** 30n)).toEqual({ kind: "unknown" });
    expect(findBreach(refused, 7n, 7n)).toEqual({ kind: "reached" });
  });

  it("says that a limit may break where only the upper edge of the band reaches it", () => {
    const history = weeks([...week, ...week.map((amount) => amount * 2n), ...week]);
    const forecast = projected(projectPeriod({ history, today: "2026-10-26", ...nothingSpent, toDay: "2026-11-02" }));
    const limit = (forecast.landsNanoUsd + forecast.highNanoUsd) / 2n;
    const early = forecast.days.find(({ highNanoUsd }) => highNanoUsd >= limit);
    expect(findBreach(forecast, 0n, limit)).toEqual({ kind: "may-break", earliestDay: early?.day });
  });
});

/** A year and two months of an organisation: working weeks, noise, outlying days, and growth or decline. */
function makeYear(seed: number, shape: { noise: number; outliers: number; growth: number }): DayAmount[] {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const byWeekday = [1, 1.1, 1.05, 1, 0.85, 0.08, 0.05];
  return Array.from({ length: 425 }, (_, at) => {
    const day = addDays("2025-01-01", at);
    // 1 January 2025 was a Wednesday.
    const usual = 100 * (byWeekday[(at + 2) % 7] ?? 0) * (1 + (shape.growth * at) / 365);
    const dollars = usual * Math.exp(shape.noise * normal()) + (random() < shape.outliers ? 150 : 0);
    return { day, nanoUsd: BigInt(Math.round(dollars * 1e9)) };
  });
}

/** Counts how often the month ended inside the band, looked at on every day of a year. */
function backTest(days: readonly DayAmount[]): { inside: number; below: number; above: number } {
  const found = { inside: 0, below: 0, above: 0 };
  const sum = (from: string, to: string) =>
    days.reduce((all, { day, nanoUsd }) => (day >= from && day < to ? all + (nanoUsd ?? 0n) : all), 0n);
  for (let at = FORECAST_DAYS_USED; at < 395; at++) {
    const today = days[at]?.day ?? "";
    const fromDay = `${today.slice(0, 7)}-01`;
    const toDay = addMonths(fromDay, 1);
    const spent = { spentBeforeNanoUsd: sum(fromDay, today), spentTodayNanoUsd: 0n };
    const { lowNanoUsd, highNanoUsd } = projected(
      projectPeriod({ history: days.slice(0, at), today, ...spent, toDay }),
    );
    const actual = sum(fromDay, toDay);
    found[actual < lowNanoUsd ? "below" : actual > highNanoUsd ? "above" : "inside"]++;
  }
  return found;
}

describe("the 80 % band, back-tested on seeded years", () => {
  const shapes = {
    steady: { noise: 0.1, outliers: 0, growth: 0 },
    usual: { noise: 0.25, outliers: 0.02, growth: 0 },
    growing: { noise: 0.25, outliers: 0.02, growth: 0.6 },
    restless: { noise: 0.5, outliers: 0.05, growth: 0.3 },
    shrinking: { noise: 0.25, outliers: 0.02, growth: -0.5 },
  };
  // One year holds a dozen months that are independent of each other, so its share alone says little.
  it.each(Object.entries(shapes))("holds 75 to 85 of a hundred months of a year that is %s", (_name, shape) => {
    const years = Array.from({ length: 16 }, (_, seed) => backTest(makeYear(seed + 1, shape)));
    const total = (side: "inside" | "below" | "above") => years.reduce((all, year) => all + year[side], 0);
    const days = total("inside") + total("below") + total("above");
    expect(total("inside") / days).toBeGreaterThan(0.75);
    expect(total("inside") / days).toBeLessThan(0.85);
    // A band that is right on one side only is a wrong band.
    expect(total("below") / days).toBeGreaterThan(0.03);
    expect(total("above") / days).toBeGreaterThan(0.03);
  });
});
