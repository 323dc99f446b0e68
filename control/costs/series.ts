import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { type ChartSeries, chartSeries, type SlotRow } from "#core/costs/chart-series.ts";
import { tierOf } from "#core/costs/model-key.ts";
import { slotKeyOfDay, slotKeyOfInstant, slotUnitOf } from "#core/costs/slots.ts";
import { sumDays, sumQuarters } from "#store/cost-totals.ts";
import { ruleVersionsBetween } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { type CostScope, costScope, daysOf } from "./scope.ts";

/** Cost, tokens and requests over time by served model, with the rule versions that were published meanwhile. */
export async function readCostSeries(actor: Actor, input: unknown, deps: ControlDeps): Promise<ChartSeries> {
  requirePermission(actor, "costs.read");
  const scope = await costScope(input, deps);
  const [rows, versions] = await Promise.all([
    slotRows(scope, deps),
    ruleVersionsBetween(deps.db, new Date(0), new Date(scope.range.toMs)),
  ]);
  const published = versions.map(({ number, publishedAt }) => ({ number, publishedAtMs: publishedAt.getTime() }));
  return chartSeries(scope.range, rows, published, (model) => tierOf(deps.config.catalogue, model));
}

/** Days come from the daily rollup, hours from the quarter-hours it is made of: both add up to the same. */
async function slotRows({ range, filter }: CostScope, deps: ControlDeps): Promise<SlotRow[]> {
  const unit = slotUnitOf(range);
  if (unit === "hour") {
    const rows = await sumQuarters(deps.db, range, filter);
    return rows.map((row) => ({ ...row, slot: slotKeyOfInstant(Number(row.bucketS) * 1000, range) }));
  }
  const rows = await sumDays(deps.db, daysOf(range), filter, ["day", "servedModel"]);
  return rows.map((row) => ({
    ...row,
    servedModel: row.servedModel ?? "",
    slot: slotKeyOfDay(row.day ?? "", unit),
  }));
}
