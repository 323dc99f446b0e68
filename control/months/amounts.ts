import { isPlan, sumMoney } from "#core/costs/known-money.ts";
import { addMonths } from "#core/time/instant.ts";
import { parseRange } from "#core/time/range.ts";
import type { MonthAmounts } from "#store/month-closes.ts";
import type { SqlSource } from "#store/raw.ts";
import { sumRollupDays, sumRollupQuarters } from "#store/rollups.ts";
import { toSpan } from "../corrections/span.ts";
import { countedEndpoints } from "../costs/rows.ts";

/** A calendar month of a zone. */
interface MonthSpan {
  month: string;
  zone: string;
  fromS: number;
  toS: number;
  /** First day, and the day after the last one. */
  fromDay: string;
  toDay: string;
}

export function toMonthSpan(month: string, zone: string): MonthSpan {
  const [fromDay, toDay] = [`${month}-01`, addMonths(`${month}-01`, 1)];
  const range = parseRange(`${fromDay}..${toDay}`, zone, Date.parse(`${toDay}T12:00:00Z`));
  return { month, zone, fromDay, toDay, ...toSpan(range) };
}

/**
 * Sums a month as the page Costs does. `zoneInForce`: with the same zone the days are read, as there; else the quarter-hours of
 * the month as it was.
 */
export async function sumMonth(source: SqlSource, span: MonthSpan, zoneInForce: string): Promise<MonthAmounts> {
  const filters = { endpoint: countedEndpoints };
  const by = ["endpoint", "billingMode", "decision"] as const;
  const rows =
    span.zone === zoneInForce
      ? await sumRollupDays(source, { fromDay: span.fromDay, toDay: span.toDay, filters }, by)
      : await sumRollupQuarters(source, { fromMs: span.fromS * 1000, toMs: span.toS * 1000, filters }, by);
  const money = sumMoney(rows);
  const sum = (pick: (row: (typeof rows)[number]) => bigint, is: (row: (typeof rows)[number]) => boolean) =>
    rows.filter(is).reduce((total, row) => total + pick(row), 0n);
  const isBatch = (row: (typeof rows)[number]) => row.endpoint === "batches";
  const ofPlan = (row: (typeof rows)[number]) => isPlan(row.billingMode);
  const booked = (row: (typeof rows)[number]) => row.costNanoUsd - row.correctedNanoUsd;
  return {
    costNanoUsd: money.cost,
    savedNanoUsd: money.saved,
    avoidedNanoUsd: money.avoided,
    planValueNanoUsd: money.planValue,
    correctedNanoUsd: sum(
      (row) => row.correctedNanoUsd,
      (row) => !ofPlan(row),
    ),
    planCorrectedNanoUsd: sum((row) => row.correctedNanoUsd, ofPlan),
    requests: sum(
      (row) => row.requests,
      () => true,
    ),
    unpriced: sum(
      (row) => row.unpriced,
      () => true,
    ),
    batchRequests: sum((row) => row.requests, isBatch),
    batchNanoUsd: sum(booked, (row) => isBatch(row) && !ofPlan(row)),
    batchPlanNanoUsd: sum(booked, (row) => isBatch(row) && ofPlan(row)),
    otherNanoUsd: sum(booked, (row) => !isBatch(row) && !ofPlan(row)),
    otherPlanNanoUsd: sum(booked, (row) => !isBatch(row) && ofPlan(row)),
  };
}
