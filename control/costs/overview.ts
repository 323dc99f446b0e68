import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { hitRateOf } from "#core/cache/hit-rate.ts";
import { rangeView } from "#core/costs/chart-series.ts";
import { promptTokensOf, totalsOf } from "#core/costs/cost-totals.ts";
import { shareSampleLeast } from "#core/costs/error-jumps.ts";
import { figuresView } from "#core/costs/figures.ts";
import { type CacheRates, cacheAlertBelow, type OverrideShare, type Overview } from "#core/costs/overview.ts";
import { shareOf } from "#core/report/format.ts";
import { hasAnyTraffic } from "#store/attention.ts";
import type { RollupGroup } from "#store/rollups.ts";
import { listRuleVersions } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { needsALook } from "./needs-a-look.ts";
import { cacheLookUps, dayRows } from "./rows.ts";
import { costScope } from "./scope.ts";
import { appliedRules } from "./top-rules.ts";

const shownRules = 5;

type VersionRow = RollupGroup<"billingMode" | "ruleVersion">;

/** Reads the figures of the first page, from rollups only. */
export async function readOverview(actor: Actor, input: unknown, deps: ControlDeps): Promise<Overview> {
  requirePermission(actor, "totals.read");
  const scope = await costScope(input, deps);
  const { range, previous, filter } = scope;
  const [rows, before, lookUps, applied, [live]] = await Promise.all([
    dayRows(scope, ["ruleVersion"], deps),
    previous ? dayRows({ range: previous, filter }, ["ruleVersion"], deps) : null,
    cacheLookUps(scope, deps),
    appliedRules(scope, deps),
    listRuleVersions(deps.db, { take: 1 }),
  ]);
  const hasRows = rows.length > 0;
  return {
    range: rangeView(range),
    previous: previous && rangeView(previous),
    state: hasRows ? "ok" : (await hasAnyTraffic(deps.db)) ? "nothing" : "empty",
    total: figuresView(totalsOf(rows)),
    previousTotal: before && before.length > 0 ? figuresView(totalsOf(before)) : null,
    overrides: overrideShare(rows, before, live?.number ?? null),
    cache: cacheRates(lookUps, rows),
    topRules: { rows: applied.rules.slice(0, shownRules), of: applied.rules.length },
    needsALook: await needsALook(actor, scope, applied, deps),
  };
}

/**
 * Computes the override share and its change: from the versions before the live one where both had enough requests in
 * the range, else from the previous range, and without any below the minimum sample.
 */
function overrideShare(
  rows: readonly VersionRow[],
  before: readonly VersionRow[] | null,
  live: number | null,
): OverrideShare {
  const share = shareOfOverrides(rows);
  if (live !== null) {
    const now = comparableShare(rows.filter((row) => row.ruleVersion === live));
    const earlier = comparableShare(rows.filter((row) => row.ruleVersion < live));
    if (now !== null && earlier !== null) return { share, now, before: earlier, sinceVersion: live };
  }
  return { share, now: comparableShare(rows), before: before && comparableShare(before), sinceVersion: null };
}

/** Computes the share of overrides where there are enough requests to compare it; null otherwise. */
function comparableShare(rows: readonly VersionRow[]): number | null {
  return totalsOf(rows).requests < BigInt(shareSampleLeast) ? null : shareOfOverrides(rows);
}

function shareOfOverrides(rows: readonly VersionRow[]): number | null {
  const totals = totalsOf(rows);
  return shareOf(totals.overrides, totals.requests);
}

function cacheRates({ hits, misses }: { hits: bigint; misses: bigint }, rows: readonly VersionRow[]): CacheRates {
  const totals = totalsOf(rows);
  return {
    hits: Number(hits),
    misses: Number(misses),
    hitRate: hitRateOf({ hits, misses }),
    promptReadShare: shareOf(totals.cacheReadTokens, promptTokensOf(totals)),
    alertBelow: cacheAlertBelow,
  };
}
