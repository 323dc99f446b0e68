import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { type ChartSeries, chartSeries, type SlotRow } from "#core/costs/chart-series.ts";
import { chooseSlotUnit, slotKeyOfDay, slotKeyOfInstant } from "#core/costs/slots.ts";
import { ruleVersionsBetween } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { modelWords } from "./model-words.ts";
import { dayRows, quarterRows } from "./rows.ts";
import { type CostScope, costScope } from "./scope.ts";

/** Reads cost, tokens and requests over time by served model, with the rule versions published meanwhile. */
export async function readCostSeries(actor: Actor, input: unknown, deps: ControlDeps): Promise<ChartSeries> {
  requirePermission(actor, "costs.read");
  const scope = await costScope(input, deps);
  const [rows, versions] = await Promise.all([
    slotRows(scope, deps),
    ruleVersionsBetween(deps.db, new Date(0), new Date(scope.range.toMs)),
  ]);
  const published = versions.map(({ number, publishedAt }) => ({ number, publishedAtMs: publishedAt.getTime() }));
  return chartSeries(scope.range, rows, published, (model) => modelWords(deps.config.catalogue, model));
}

/** Reads days from the daily rollup, and hours from the quarter-hours it is made of: both have the same sums. */
async function slotRows(scope: CostScope, deps: ControlDeps): Promise<SlotRow[]> {
  const unit = chooseSlotUnit(scope.range);
  if (unit === "hour") {
    const rows = await quarterRows(scope, deps);
    return rows.map((row) => ({ ...row, slot: slotKeyOfInstant(row.bucketS * 1000, scope.range) }));
  }
  const rows = await dayRows(scope, ["day", "servedModel"], deps);
  return rows.map((row) => ({ ...row, slot: slotKeyOfDay(row.day, unit) }));
}
