// Long because the view of a budget and the sums it is made of belong together.

import type { Actor } from "#core/access/actor.ts";
import { findBudgetPeriod } from "#core/access/budget-period.ts";
import type { BudgetUnit } from "#core/access/budget-raise.ts";
import { HOLDER_DIMS, type HolderKind, ORGANISATION } from "#core/access/limit-holder.ts";
import { requirePermission } from "#core/access/permissions.ts";
import {
  type Breach,
  type DayAmount,
  FORECAST_DAYS_USED,
  type Forecast,
  findBreach,
  projectPeriod,
} from "#core/costs/forecast.ts";
import { addMoney, deriveMoney, type MoneyRow, type MoneySums, mergeMoney, noMoney } from "#core/costs/known-money.ts";
import { addDays, dayStartMs, daysBetween, toDayKey } from "#core/time/instant.ts";
import { parseRange } from "#core/time/range.ts";
import { dayRows } from "../costs/rows.ts";
import type { ControlDeps } from "../deps.ts";
import { organisationName, reportingZone } from "../settings/read.ts";
import { type HeldBudget, listHeldBudgets } from "./holders.ts";
import { type RaiseView, raiseView } from "./raise-view.ts";

/** Shares of a budget, in percent, at which something happens: two warnings, and the block. */
const BUDGET_STEPS = [75, 95, 100] as const;

/** Where the period ends, and how it gets there. Amounts are decimal strings of nano-dollars. */
type LandingView =
  | {
      kind: "projected";
      landsNanoUsd: string;
      lowNanoUsd: string;
      highNanoUsd: string;
      days: { day: string; nanoUsd: string; totalNanoUsd: string; lowNanoUsd: string; highNanoUsd: string }[];
    }
  | Extract<Forecast, { kind: "cannot-project" }>;

/** When a share of the budget is reached. */
export interface StepView {
  percent: (typeof BUDGET_STEPS)[number];
  nanoUsd: string;
  /** Day on which it was reached; null: not yet, `breach` says when. */
  reachedDay: string | null;
  breach: Breach;
}

/** Sum of one day of the period; null where it is not known. */
interface DayView {
  day: string;
  nanoUsd: string | null;
}

/** A budget, what is left of it and where it lands. Amounts are decimal strings of nano-dollars. */
export interface BudgetView {
  /** `team:payments:dollars`: names the budget in addresses and commands. */
  id: string;
  kind: HolderKind;
  holder: string;
  name: string;
  unit: BudgetUnit;
  period: "month";
  isDefault: boolean;
  baseNanoUsd: string;
  /** With its raises. */
  limitNanoUsd: string;
  raises: RaiseView[];
  /** Null where it is not known. */
  spentNanoUsd: string | null;
  leftNanoUsd: string;
  /** Spent divided by the limit; above 1 when overspent. */
  share: number;
  /** Requests that would count and have no known price. */
  unpriced: number;
  /** Days of the period up to today. */
  days: DayView[];
  landing: LandingView;
  steps: StepView[];
}

/** All spending, beside the budgets: they may hold only a part of it. */
interface TotalView {
  spentNanoUsd: string | null;
  unpriced: number;
  days: DayView[];
  landing: LandingView;
}

export interface BudgetsView {
  organisation: string;
  /** `nowShare`: how much of today is over, 0 to 1. */
  period: { fromDay: string; toDay: string; today: string; nowShare: number; zone: string };
  /** Dollars that were paid by the whole organisation. */
  total: TotalView;
  budgets: BudgetView[];
}

/** Filter of the costs of a kind of holder. */
const HOLDER_FILTERS = { key: "key", person: "person", team: "team", project: "project", organisation: null } as const;
/** Holders up to which the sums of these alone are read; beyond, those of all in one pass. */
const NAMED_MAX = 200;

type ByDay = Map<string, MoneySums>;

/** Days that a list of budgets is made of. */
interface Span {
  fromDay: string;
  toDay: string;
  today: string;
  zone: string;
  /** First day of the history that forecasts are made of. */
  historyFrom: string;
}

/** Lists every budget with what is left of it, by kind and name, and the organisation's spending beside them. */
export async function listBudgets(actor: Actor, deps: ControlDeps): Promise<BudgetsView> {
  requirePermission(actor, "budgets.read");
  const nowMs = deps.now().getTime();
  const zone = await reportingZone(deps);
  const organisation = await organisationName(deps);
  const held = await listHeldBudgets(deps.db, nowMs, organisation);
  const { fromDay, toDay } = findBudgetPeriod("month", nowMs, zone);
  const today = toDayKey(nowMs, zone);
  const historyFrom = addDays(today, -FORECAST_DAYS_USED);
  const span: Span = { fromDay, toDay, today, zone, historyFrom };
  const byKind = new Map<HolderKind, Map<string, ByDay>>();
  for (const kind of new Set(held.map((budget) => budget.kind))) {
    const holders = [...new Set(held.flatMap((budget) => (budget.kind === kind ? [budget.holder] : [])))];
    byKind.set(kind, await readDays(kind, holders, span, nowMs, deps));
  }
  const total = await readTotal(span, nowMs, deps);
  return {
    organisation,
    period: { fromDay, toDay, today, nowShare: shareOfDay(today, nowMs, zone), zone },
    total,
    budgets: held.map((budget) => budgetView(budget, byKind.get(budget.kind)?.get(budget.holder) ?? new Map(), span)),
  };
}

function shareOfDay(day: string, nowMs: number, zone: string): number {
  const [fromMs, toMs] = [dayStartMs(day, zone), dayStartMs(addDays(day, 1), zone)];
  return Math.min(1, Math.max(0, (nowMs - fromMs) / (toMs - fromMs)));
}

/** Reads the sums of each day, by holder. */
async function readDays(
  kind: HolderKind,
  holders: readonly string[],
  span: Span,
  nowMs: number,
  deps: ControlDeps,
): Promise<Map<string, ByDay>> {
  const dim = HOLDER_DIMS[kind];
  const named = HOLDER_FILTERS[kind];
  const filter = named !== null && holders.length <= NAMED_MAX ? { [named]: [...holders] } : {};
  const found = new Map<string, ByDay>();
  for (const row of await dayRows(
    { range: toRange(span, nowMs), filter },
    dim === null ? ["day"] : [dim, "day"],
    deps,
  )) {
    const holder = dim === null ? ORGANISATION : row[dim];
    const byDay = found.get(holder) ?? new Map<string, MoneySums>();
    found.set(holder, byDay);
    addDay(byDay, row.day, row);
  }
  return found;
}

async function readTotal(span: Span, nowMs: number, deps: ControlDeps): Promise<TotalView> {
  const byDay: ByDay = new Map();
  for (const row of await dayRows({ range: toRange(span, nowMs), filter: {} }, ["day"], deps)) {
    addDay(byDay, row.day, row);
  }
  const { spent, unpriced, days, forecast } = sumUp(byDay, "dollars", span);
  return { spentNanoUsd: spent?.toString() ?? null, unpriced, days: days.map(dayView), landing: landingView(forecast) };
}

const toRange = ({ fromDay, historyFrom, today, zone }: Span, nowMs: number) =>
  parseRange(`${historyFrom < fromDay ? historyFrom : fromDay}..${addDays(today, 1)}`, zone, nowMs);

function addDay(byDay: ByDay, day: string, row: MoneyRow): void {
  const sums = byDay.get(day) ?? noMoney();
  byDay.set(day, sums);
  addMoney(sums, row);
}

function budgetView({ raises, ...held }: HeldBudget, byDay: ByDay, span: Span): BudgetView {
  const { kind, holder, name, unit, isDefault } = held;
  const baseNanoUsd = BigInt(held.baseNanoUsd);
  const limit = raises.reduce((sum, raise) => sum + BigInt(raise.nanoUsd), baseNanoUsd);
  const { spent, unpriced, days, forecast } = sumUp(byDay, unit, span);
  const seen = spent ?? 0n;
  return {
    id: `${kind}:${holder}:${unit}`,
    kind,
    holder,
    name,
    unit,
    period: "month",
    isDefault,
    baseNanoUsd: String(baseNanoUsd),
    limitNanoUsd: String(limit),
    raises: raises.map((raise) => raiseView(raise, span.zone)),
    spentNanoUsd: spent?.toString() ?? null,
    leftNanoUsd: String(seen >= limit ? 0n : limit - seen),
    share: Number(seen) / Number(limit),
    unpriced,
    days: days.map(dayView),
    landing: landingView(forecast),
    steps: BUDGET_STEPS.map((percent) => stepView(percent, limit, seen, days, forecast)),
  };
}

function stepView(
  percent: StepView["percent"],
  limit: bigint,
  spent: bigint,
  days: readonly DayAmount[],
  forecast: Forecast,
): StepView {
  // Up, so that a step is not reached by a part of a nano-dollar too little.
  const amount = (limit * BigInt(percent) + 99n) / 100n;
  let total = 0n;
  const reached = days.find(({ nanoUsd }) => {
    total += nanoUsd ?? 0n;
    return total >= amount;
  });
  const breach = findBreach(forecast, spent, amount);
  return { percent, nanoUsd: String(amount), reachedDay: reached?.day ?? null, breach };
}

/** What was spent in the period, and where it lands. */
function sumUp(byDay: ByDay, unit: BudgetUnit, { fromDay, toDay, today, historyFrom }: Span) {
  const amount = (day: string): DayAmount => {
    const sums = byDay.get(day);
    if (sums === undefined) return { day, nanoUsd: 0n };
    const { cost, planValue } = deriveMoney(sums);
    return { day, nanoUsd: unit === "dollars" ? cost : planValue };
  };
  const between = (from: string, to: string) =>
    Array.from({ length: daysBetween(from, to) }, (_, at) => amount(addDays(from, at)));
  const period = noMoney();
  for (const [day, sums] of byDay) if (day >= fromDay) mergeMoney(period, sums);
  const { cost, planValue } = deriveMoney(period);
  const spent = unit === "dollars" ? cost : planValue;
  const days = between(fromDay, addDays(today, 1));
  const spentToday = amount(today).nanoUsd ?? 0n;
  const forecast = projectPeriod({
    history: between(historyFrom, today),
    today,
    spentTodayNanoUsd: spentToday,
    spentBeforeNanoUsd: (spent ?? 0n) - spentToday,
    toDay,
  });
  const unpriced = Number((unit === "dollars" ? period.metered : period.plan).unpriced);
  return { spent: spent as bigint | null, unpriced, days, forecast };
}

const dayView = ({ day, nanoUsd }: DayAmount): DayView => ({ day, nanoUsd: nanoUsd?.toString() ?? null });

function landingView(forecast: Forecast): LandingView {
  if (forecast.kind === "cannot-project") return forecast;
  const { landsNanoUsd, lowNanoUsd, highNanoUsd, days } = forecast;
  return {
    kind: "projected",
    landsNanoUsd: String(landsNanoUsd),
    lowNanoUsd: String(lowNanoUsd),
    highNanoUsd: String(highNanoUsd),
    days: days.map((one) => ({
      day: one.day,
      nanoUsd: String(one.nanoUsd),
      totalNanoUsd: String(one.totalNanoUsd),
      lowNanoUsd: String(one.lowNanoUsd),
      highNanoUsd: String(one.highNanoUsd),
    })),
  };
}
