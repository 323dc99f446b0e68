import type { Actor } from "#core/access/actor.ts";
import type { Outcome } from "#core/activity/outcome.ts";
import type { ActivitySeries } from "#core/activity/request-view.ts";
import { chartSeries, rangeView, type SlotRow } from "#core/costs/chart-series.ts";
import { chooseSlotUnit, slotKeyOfDay, slotKeyOfInstant } from "#core/costs/slots.ts";
import { addDays } from "#core/time/instant.ts";
import type { TimeRange } from "#core/time/range.ts";
import type { EventFilter } from "#store/event-filter.ts";
import { type RollupFilters, type RollupGroup, sumRollupDays, sumRollupQuarters } from "#store/rollups.ts";
import { ruleVersionsBetween } from "#store/rule-versions.ts";
import { modelWords } from "../costs/model-words.ts";
import type { ControlDeps } from "../deps.ts";
import { type ActivityScope, activityScope } from "./scope.ts";

/**
 * Requests over time by served model, from the rollups. No series for one session: no rollup knows it, and its rows are
 * few.
 */
export async function readActivitySeries(actor: Actor, input: unknown, deps: ControlDeps): Promise<ActivitySeries> {
  const scope = await activityScope(actor, input, deps);
  const { range } = scope;
  if (scope.session !== null || scope.filter.agentId !== undefined) return { range: rangeView(range), series: null };
  const [rows, versions] = await Promise.all([
    slotRows(scope, deps),
    ruleVersionsBetween(deps.db, new Date(range.fromMs), new Date(range.toMs)),
  ]);
  const published = versions.map(({ number, publishedAt }) => ({ number, publishedAtMs: publishedAt.getTime() }));
  const series = chartSeries(range, rows, published, (model) => modelWords(deps.config.catalogue, model));
  return { range: series.range, series };
}

async function slotRows({ range, filter }: ActivityScope, deps: ControlDeps): Promise<SlotRow[]> {
  const unit = chooseSlotUnit(range);
  const by = ["billingMode", "servedModel", "decision"] as const;
  const filters = rollupFilters(filter);
  if (unit === "hour") {
    const span = { fromMs: range.fromMs, toMs: range.toMs, filters };
    const rows = await sumRollupQuarters(deps.reports, span, [...by, "bucketS"]);
    return counted(rows, filter.outcome).map((row) => ({ ...row, slot: slotKeyOfInstant(row.bucketS * 1000, range) }));
  }
  const rows = await sumRollupDays(deps.reports, { ...toDays(range), filters }, [...by, "day"]);
  return counted(rows, filter.outcome).map((row) => ({ ...row, slot: slotKeyOfDay(row.day, unit) }));
}

export const toDays = (range: TimeRange) => ({
  fromDay: range.days[0] ?? range.today,
  toDay: addDays(range.days.at(-1) ?? range.today, 1),
});

/** Translates a filter of events into that of the rollups, which hold lists. */
export function rollupFilters(filter: EventFilter): RollupFilters {
  const list = (values: string | readonly string[] | undefined) => (values === undefined ? undefined : [values].flat());
  return {
    endpoint: list(filter.endpoint),
    project: list(filter.project),
    team: list(filter.team),
    requestedModel: list(filter.requestedModel),
    servedModel: list(filter.servedModel),
    personId: list(filter.personId),
    proxyKeyId: list(filter.proxyKeyId),
    ruleId: list(filter.ruleId),
  };
}

const decisionOf = { overridden: "override", skipped: "skipped", fallback: "fallback" } as const;

/** Rows that hold what an outcome asks for, counting only that: the bars are of the rows beneath them. */
export function counted<Row extends RollupGroup<"decision">>(
  rows: readonly Row[],
  outcome: readonly Outcome[] | undefined,
): Row[] {
  if (outcome === undefined) return [...rows];
  const decisions: string[] = outcome.flatMap((one) => (one === "failed" || one === "cached" ? [] : [decisionOf[one]]));
  return rows.flatMap((row) => {
    if (decisions.includes(row.decision)) return [row];
    // What the cache answers has not failed: the two never count one request twice.
    const requests = (outcome.includes("failed") ? row.errors : 0n) + (outcome.includes("cached") ? row.cacheHits : 0n);
    return requests > 0n ? [{ ...row, requests, overrides: row.decision === "override" ? requests : 0n }] : [];
  });
}
