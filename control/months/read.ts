import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { daysBeside } from "#core/costs/days-beside.ts";
import { sumMoney } from "#core/costs/known-money.ts";
import { checkMonth, type MonthView, monthName } from "#core/costs/month.ts";
import { formatCounted } from "#core/report/plural.ts";
import { addDays, addMonths, toDayKey } from "#core/time/instant.ts";
import { parseRange, previousRange, type TimeRange } from "#core/time/range.ts";
import { listCorrections } from "#store/corrections.ts";
import { listMonthCloses } from "#store/month-closes.ts";
import { readOpenBatches } from "../costs/open-batches.ts";
import { dayRows } from "../costs/rows.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { reportingZone } from "../settings/read.ts";
import { sumMonth, toMonthSpan } from "./amounts.ts";
import { findInForce } from "./closed-months.ts";
import { monthParams } from "./fields.ts";
import { toCloseView, toMoney, toSince } from "./view.ts";

/** Reads a month: what it costs, whether and as what it was closed, and what came since. */
export async function readMonth(actor: Actor, input: unknown, deps: ControlDeps): Promise<MonthView> {
  requirePermission(actor, "costs.read");
  const { month } = parseInput(monthParams, input);
  return buildMonth(month, deps);
}

/** The same, for verbs that have checked the permission already. */
export async function buildMonth(month: string, deps: ControlDeps): Promise<MonthView> {
  const [zoneInForce, closes] = await Promise.all([reportingZone(deps), listMonthCloses(deps.db, month)]);
  const close = findInForce(closes);
  const zone = close?.zone ?? zoneInForce;
  const span = toMonthSpan(month, zone);
  const range = parseRange(`${span.fromDay}..${span.toDay}`, zoneInForce, deps.now().getTime());
  const scope = { range, previous: null, filter: {} };
  const [now, openBatches, compared, corrections] = await Promise.all([
    sumMonth(deps.reports, span, zoneInForce),
    readOpenBatches(scope, deps),
    compareWeekdays(range, deps),
    close === null ? [] : listCorrections(deps.db, span),
  ]);
  const isOver = toDayKey(deps.now().getTime(), zone) >= span.toDay;
  const since = corrections.filter(({ number }) => number > (close?.lastCorrection ?? 0)).length;
  return {
    month,
    label: monthName(month),
    range: `${span.fromDay}..${span.toDay}`,
    state: close !== null ? "closed" : isOver ? "open" : "under way",
    zone,
    now: toMoney(now),
    close: close && toCloseView(close),
    since: close && toSince(close, now, since),
    compared,
    checks: checkMonth({ isOver, lastDay: addDays(span.toDay, -1), unpriced: Number(now.unpriced), openBatches }),
    history: closes.map(toCloseView),
  };
}

/** Compares whole days of a month with the same weekdays of the month before. The nth Monday stands beside the nth. */
async function compareWeekdays(range: TimeRange, deps: ControlDeps): Promise<MonthView["compared"]> {
  const previous = previousRange(range);
  const whole = range.days.filter((day) => day < range.today);
  const pairs = daysBeside(previous.days, whole);
  if (pairs.size === 0) return null;
  const [now, before] = await Promise.all(
    [range, previous].map((of) => dayRows({ range: of, filter: {} }, ["day"], deps)),
  );
  const days = new Set(pairs.values());
  const earlier = before?.filter(({ day }) => pairs.has(day)) ?? [];
  if (earlier.length === 0) return null;
  const cost = (rows: typeof earlier) => sumMoney(rows).cost?.toString() ?? null;
  return {
    label: `${formatCounted(pairs.size, "day")}, the same weekdays of ${monthName(addMonths(range.days[0] ?? "", -1).slice(0, 7))}`,
    days: pairs.size,
    costNanoUsd: cost(now?.filter(({ day }) => days.has(day)) ?? []),
    previousCostNanoUsd: cost(earlier),
  };
}
