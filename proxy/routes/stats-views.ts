import type { CacheFigures } from "#core/cache/cache-report.ts";
import { computeHitRate } from "#core/cache/hit-rate.ts";
import { type NanoUsd, nanoUsd, toFixedDollars } from "#core/money/nano-usd.ts";
import { cacheOfAll } from "../cluster/cluster-view.ts";
import { emptySums, knownStats, type OverridePair, type StatsSums, savingOfPairs } from "../ledger/stats.ts";
import type { ProxyContext } from "../process/proxy-context.ts";

/** Points of the cost curve. */
const CHART_DAYS = 30;

/** `GET /api/overrides/stats`. Savings are estimates and may be negative. */
export function overridesView(context: ProxyContext) {
  const { ruleSet, version, prices } = context.snapshot();
  if (!ruleSet.enabled)
    return { total_overrides: 0, overrides_enabled: false, message: "Model overrides are not enabled" };
  const { overridesByPair, totals } = knownStats(context);
  return {
    total_overrides: totals.overrides,
    overrides_enabled: true,
    overrides_by_model: byRequestedModel(overridesByPair, totals.overrides),
    total_skipped: totals.skips,
    total_fallbacks: totals.fallbacks,
    total_cost_saved: textOrNull(totals.money.saved),
    is_estimate: true,
    price_version: prices.priceVersion,
    rules_version: version,
  };
}

interface ModelOverrides {
  overridden_to: string;
  count: number;
  percentage: number;
  /** Null: no price is known for any of these requests. */
  cost_saved: string | null;
  /** Requests whose saving is not known, because a price is missing; they are in no amount. */
  unpriced: number;
  targets: { model: string; count: number; cost_saved: string | null; unpriced: number }[];
}

/** One entry per requested model; served by several models, the one used most is named. */
function byRequestedModel(pairs: OverridePair[], total: number): Record<string, ModelOverrides> {
  const models = new Map<string, OverridePair[]>();
  for (const pair of pairs) {
    const known = models.get(pair.requestedModel);
    if (known) known.push(pair);
    else models.set(pair.requestedModel, [pair]);
  }
  const entries = [...models].map(([model, targets]): [string, ModelOverrides] => {
    const count = targets.reduce((sum, pair) => sum + pair.count, 0);
    const unpriced = targets.reduce((sum, pair) => sum + pair.unpriced, 0);
    const sorted = [...targets].sort((a, b) => b.count - a.count);
    return [
      model,
      {
        overridden_to: sorted[0]?.servedModel ?? "",
        count,
        percentage: share(count, total),
        cost_saved: textOrNull(savingOfPairs(targets)),
        unpriced,
        targets: sorted.map((pair) => ({
          model: pair.servedModel,
          count: pair.count,
          cost_saved: textOrNull(savingOfPairs([pair])),
          unpriced: pair.unpriced,
        })),
      },
    ];
  });
  // Model names are callers' text: `__proto__` must be a key like any other.
  return Object.fromEntries(entries);
}

/** Unknown is null, never "$0.00". */
export const textOrNull = (amount: bigint | null): string | null => (amount === null ? null : dollarText(amount));

/** Contents and counters of the response cache, of all workers where there are several. */
export async function cacheFigures({ crew, cache }: ProxyContext): Promise<CacheFigures> {
  return crew === null ? cache.figures() : cacheOfAll(await crew.figures(false));
}

/** `GET /api/cache/stats`: look-ups that really took place; what the rules exclude is counted as bypass. */
export function cacheView(context: ProxyContext, figures: CacheFigures) {
  const { cacheHits, cacheMisses, cacheBypasses, money } = knownStats(context).totals;
  const { items, bytes, evictions, tokensAvoided, timeAvoidedMs, bypasses } = figures;
  return {
    cache_hits: cacheHits,
    cache_misses: cacheMisses,
    hit_rate: computeHitRate({ hits: cacheHits, misses: cacheMisses }) ?? 0,
    total_requests: cacheHits + cacheMisses,
    memory_usage_bytes: bytes,
    cached_items: items,
    cache_enabled: context.snapshot().ruleSet.cache.enabled,
    cache_bypassed: cacheBypasses,
    cost_avoided: textOrNull(money.avoided),
    /** Counters of the processes that serve now, since each started. */
    evictions,
    tokens_avoided: tokensAvoided,
    time_avoided_ms: timeAvoidedMs,
    bypass_reasons: bypasses,
  };
}

/** `GET /api/machine/stats`: everything on this installation, since its first day. */
export function machineView(context: ProxyContext) {
  const { totals, byProject, byModel, byDay, asOfMs } = knownStats(context);
  const { cost, saved, avoided, planValue } = totals.money;
  return {
    totalCost: dollars(cost),
    activeProjects: byProject.length,
    totalCalls: totals.requests,
    totalTokens: totals.promptTokens + totals.outputTokens,
    projects: byProject.map(({ project, lastAtMs, ...sums }) => ({
      name: project,
      ...callFields(sums),
      lastActivity: lastAtMs === 0 ? null : new Date(lastAtMs).toISOString(),
    })),
    models: byModel.map(({ model, ...sums }) => ({ name: model, ...callFields(sums) })),
    chartData: {
      costOverTime: byDay.slice(-CHART_DAYS).map(({ day, money }) => ({ date: day, cost: dollars(money.cost) })),
      costByProject: byProject.map(({ project, money }) => ({ project, cost: dollars(money.cost) })),
      modelDistribution: byModel.map(({ model, requests }) => ({ model, count: requests })),
    },
    /** The part of `totalCost` that corrections added. */
    totalCorrected: dollars(totals.corrected),
    totalSaved: dollars(saved),
    totalAvoided: dollars(avoided),
    totalPlanValue: dollars(planValue),
    unpricedCalls: totals.unpriced,
    unpricedPlanCalls: totals.planUnpriced,
    asOf: new Date(asOfMs).toISOString(),
  };
}

const callFields = (sums: Omit<StatsSums, "lastAtMs">) => ({
  calls: sums.requests,
  inputTokens: sums.promptTokens,
  outputTokens: sums.outputTokens,
  cost: dollars(sums.money.cost),
  planValue: dollars(sums.money.planValue),
  unpricedCalls: sums.unpriced,
  unpricedPlanCalls: sums.planUnpriced,
});

const NOTHING: StatsSums = emptySums();

/**
 * `GET /api/project/stats[?project=name]`: one project or all of them; a project without traffic has zeros, not an
 * error.
 */
export function projectView(context: ProxyContext, project: string | null) {
  const { totals, byProject, windows } = knownStats(context);
  const sums = project === null ? totals : (byProject.find((one) => one.project === project) ?? NOTHING);
  const window = project === null ? windows.all : windows.byProject.find((one) => one.project === project);
  const now = window?.current ?? NOTHING;
  const before = window?.previous ?? NOTHING;
  const { cost, planValue } = sums.money;
  const tokens = (of: typeof NOTHING) => of.promptTokens + of.outputTokens;
  return {
    project,
    cost: dollars(cost),
    tokens: tokens(sums),
    calls: sums.requests,
    avgTime: averageMs(sums),
    corrected: dollars(sums.corrected),
    planValue: dollars(planValue),
    unpricedCalls: sums.unpriced,
    unpricedPlanCalls: sums.planUnpriced,
    costTrend: costTrend(now, before),
    tokensTrend: trend(tokens(now), tokens(before)),
    callsTrend: trend(now.requests, before.requests),
    timeTrend: trend(averageMs(now), averageMs(before)),
    last24h: {
      cost: dollars(now.money.cost),
      tokens: tokens(now),
      calls: now.requests,
      avgTime: averageMs(now),
    },
  };
}

const averageMs = (sums: { durationMs: number; requests: number }) =>
  sums.requests === 0 ? 0 : Math.round(sums.durationMs / sums.requests);

/** Null where no price of one of the two is known: then there is nothing to compare. */
function costTrend(now: StatsSums, before: StatsSums) {
  const [cost, earlier] = [now.money.cost, before.money.cost];
  return cost === null || earlier === null ? null : trend(Number(cost), Number(earlier));
}

/** Percent against the 24 hours before; from nothing to something is 100. */
function trend(now: number, before: number) {
  const value = before === 0 ? (now === 0 ? 0 : 100) : ((now - before) / before) * 100;
  return { value: round(value, 1), period: "24h" };
}

const share = (count: number, total: number) => (total === 0 ? 0 : round((count / total) * 100, 2));

function round(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}

/** A plain number of dollars, as the old endpoints have it; null where no price is known. */
function dollars(value: bigint | null): number | null {
  return value === null ? null : Number(toFixedDollars(value, 6));
}

/** Formats "$18.50", "-$1.20". */
function dollarText(value: bigint | NanoUsd): string {
  const cents = toFixedDollars(nanoUsd(value), 2);
  return cents.startsWith("-") ? `-$${cents.slice(1)}` : `$${cents}`;
}
