import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { computeHitRate } from "#core/cache/hit-rate.ts";
import { groupBy, rangeView } from "#core/costs/chart-series.ts";
import { sumPromptTokens, sumTotals } from "#core/costs/cost-totals.ts";
import { shareSampleLeast } from "#core/costs/error-jumps.ts";
import { figuresView } from "#core/costs/figures.ts";
import { type CacheRates, cacheAlertBelow, type OverrideShare, type Overview } from "#core/costs/overview.ts";
import { daysAgainstPrevious, daysAroundPublish } from "#core/costs/share-days.ts";
import { computeShare } from "#core/report/format.ts";
import { toDayKey } from "#core/time/instant.ts";
import { isUnderWay } from "#core/time/range.ts";
import { hasAnyTraffic } from "#store/attention.ts";
import type { RollupGroup } from "#store/rollups.ts";
import { listRuleVersions, type RuleVersionSummary } from "#store/rule-versions.ts";
import { findCorrections } from "../corrections/list.ts";
import type { ControlDeps } from "../deps.ts";
import { needsALook } from "./needs-a-look.ts";
import { cacheLookUps, dayRows } from "./rows.ts";
import { type CostScope, costScope } from "./scope.ts";
import { appliedRules } from "./top-rules.ts";

const shownRules = 5;

type DayRow = RollupGroup<"billingMode" | "decision" | "day">;

/** Reads the figures of the first page, from rollups only. */
export async function readOverview(actor: Actor, input: unknown, deps: ControlDeps): Promise<Overview> {
  requirePermission(actor, "totals.read");
  const scope = await costScope(input, deps);
  const { range, previous, filter } = scope;
  const [rows, before, lookUps, applied, [live]] = await Promise.all([
    dayRows(scope, ["day"], deps),
    previous ? dayRows({ range: previous, filter }, ["day"], deps) : null,
    cacheLookUps(scope, deps),
    appliedRules(scope, deps),
    listRuleVersions(deps.db, { take: 1 }),
  ]);
  const hasRows = rows.length > 0;
  return {
    range: rangeView(range),
    previous: previous && rangeView(previous),
    state: hasRows ? "ok" : (await hasAnyTraffic(deps.db)) ? "nothing" : "empty",
    total: figuresView(sumTotals(rows)),
    previousTotal: before && before.length > 0 ? figuresView(sumTotals(before)) : null,
    isUnderWay: isUnderWay(range),
    overrides: overrideShare(scope, rows, before, live ?? null),
    cache: cacheRates(lookUps, rows),
    topRules: { rows: applied.slice(0, shownRules), of: applied.length },
    needsALook: await needsALook(actor, scope, applied, deps),
    corrections: await findCorrections(range, deps),
  };
}

/**
 * Computes the share of overrides, and its change over whole days. The change is from the same weekdays before the live
 * version went live, where both sides have enough requests. Otherwise it is from the range before. Below the least
 * sample there is no change at all.
 */
function overrideShare(
  { range, previous }: CostScope,
  rows: readonly DayRow[],
  before: readonly DayRow[] | null,
  live: RuleVersionSummary | null,
): OverrideShare {
  const share = shareOfOverrides(rows);
  const byDay = groupBy([...rows, ...(before ?? [])], (row) => row.day);
  const shareOn = (days: readonly string[]) => comparableShare(days.flatMap((day) => byDay.get(day) ?? []));
  if (live !== null) {
    const days = daysAroundPublish(toDayKey(live.publishedAt.getTime(), range.zone), range, (day) => byDay.has(day));
    const [now, earlier] = [shareOn(days.now), shareOn(days.before)];
    if (now !== null && earlier !== null) return { share, now, before: earlier, sinceVersion: live.number };
  }
  if (previous === null) return { share, now: null, before: null, sinceVersion: null };
  const days = daysAgainstPrevious(range, previous);
  return { share, now: shareOn(days.now), before: shareOn(days.before), sinceVersion: null };
}

/** The share of overrides where there are enough requests to compare it; null otherwise. */
function comparableShare(rows: readonly DayRow[]): number | null {
  return sumTotals(rows).requests < BigInt(shareSampleLeast) ? null : shareOfOverrides(rows);
}

function shareOfOverrides(rows: readonly DayRow[]): number | null {
  const totals = sumTotals(rows);
  return computeShare(totals.overrides, totals.requests);
}

function cacheRates({ hits, misses }: { hits: bigint; misses: bigint }, rows: readonly DayRow[]): CacheRates {
  const totals = sumTotals(rows);
  return {
    hits: Number(hits),
    misses: Number(misses),
    hitRate: computeHitRate({ hits, misses }),
    promptReadShare: computeShare(totals.cacheReadTokens, sumPromptTokens(totals)),
    alertBelow: cacheAlertBelow,
  };
}
