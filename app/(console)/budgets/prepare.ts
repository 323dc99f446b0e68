import { chartDollars } from "#core/report/format.ts";
import { addDays, daysBetween } from "#core/time/instant.ts";
import type { BudgetsView, BudgetView } from "./queries.ts";

/** A point of the chart: days since the period began, and dollars. */
interface ChartPoint {
  x: number;
  y: number;
}

/** What is drawn of one budget, in days and dollars. For geometry only: no amount is added here that is shown. */
export interface BurnChart {
  daysCount: number;
  top: number;
  ticks: number[];
  spent: ChartPoint[];
  forecast: ChartPoint[];
  /** Upper edge, then lower edge backwards. */
  band: ChartPoint[];
  now: ChartPoint;
  limit: number;
  steps: { percent: number; y: number }[];
  /** Where the expected total reaches the limit; null where it does not. */
  breach: ChartPoint | null;
}

/** Prepares the running total, its forecast and the steps of a budget. */
export function prepareBurn(budget: BudgetView, { fromDay, toDay, today, nowShare }: BudgetsView["period"]): BurnChart {
  const limit = chartDollars(budget.limitNanoUsd);
  const nowX = daysBetween(fromDay, today) + nowShare;
  let total = 0n;
  const spent: ChartPoint[] = [{ x: 0, y: 0 }];
  for (const { day, nanoUsd } of budget.days) {
    total += BigInt(nanoUsd ?? 0);
    spent.push({ x: day === today ? nowX : daysBetween(fromDay, day) + 1, y: chartDollars(total) });
  }
  const now = spent[spent.length - 1] as ChartPoint;
  const { landing } = budget;
  const ahead = landing.kind === "projected" ? landing.days : [];
  const at = (day: string, nanoUsd: string): ChartPoint => {
    return { x: daysBetween(fromDay, day) + 1, y: chartDollars(nanoUsd) };
  };
  const forecast = ahead.length === 0 ? [] : [now, ...ahead.map(({ day, totalNanoUsd }) => at(day, totalNanoUsd))];
  const upper = ahead.map(({ day, highNanoUsd }) => at(day, highNanoUsd));
  const lower = ahead.map(({ day, lowNanoUsd }) => at(day, lowNanoUsd)).reverse();
  const highest = Math.max(limit, now.y, ...upper.map(({ y }) => y), ...forecast.map(({ y }) => y));
  const ticks = niceTicks(Math.min(highest * 1.06, limit * 3));
  return {
    daysCount: daysBetween(fromDay, toDay),
    top: ticks[ticks.length - 1] ?? 1,
    ticks,
    spent,
    forecast,
    band: ahead.length === 0 ? [] : [now, ...upper, ...lower],
    now,
    limit,
    steps: budget.steps.flatMap(({ percent, nanoUsd }) =>
      percent === 100 ? [] : [{ percent, y: chartDollars(nanoUsd) }],
    ),
    breach: findCrossing(forecast, limit),
  };
}

/** Where a line first reaches a height, between its points. */
function findCrossing(points: readonly ChartPoint[], y: number): ChartPoint | null {
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    if (before === undefined || point.y < y || before.y >= y) continue;
    return { x: before.x + ((y - before.y) / (point.y - before.y)) * (point.x - before.x), y };
  }
  return null;
}

/** Four to six round heights from 0 to above the highest value. */
export function niceTicks(highest: number): number[] {
  const rough = Math.max(highest, 0.01) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const count = Math.ceil(Math.max(highest, 0.01) / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** Days that are named below the chart, every `every` days from the first. */
export const labelledDays = (fromDay: string, daysCount: number, every: number): { day: string; x: number }[] =>
  Array.from({ length: Math.ceil(daysCount / every) }, (_, index) => ({
    day: addDays(fromDay, index * every),
    x: index * every + 0.5,
  }));
