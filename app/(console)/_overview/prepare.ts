import type { ChartSeries } from "#core/costs/chart-series.ts";
import { countMissingCosts } from "#core/costs/figures.ts";
import { sumKnown } from "#core/costs/known-money.ts";
import type { Overview } from "#core/costs/overview.ts";
import {
  chartDollars,
  computeShare,
  formatChange,
  formatCount,
  formatMissing,
  formatMoney,
  formatMoneyExact,
  formatPercent,
  formatPoints,
} from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { Kpi } from "../_parts/kpi.ts";

/** Builds the four key figures. A ratio without a denominator is shown as unknown, never as zero percent. */
export const prepareKpis = (overview: Overview, series: ChartSeries | undefined): Kpi[] => [
  spend(overview, series),
  saved(overview),
  overrideShare(overview),
  cache(overview),
];

function spend({ total, previousTotal, isUnderWay }: Overview, series: ChartSeries | undefined): Kpi {
  const before = toNano(previousTotal?.costNanoUsd ?? null);
  const now = toNano(total.costNanoUsd);
  const missing = previousTotal === null ? "" : formatMissing(before, countMissingCosts(previousTotal));
  const missingNow = countMissingCosts(total);
  const foot = [missingNow > 0 ? `${formatCounted(missingNow, "request")} unpriced` : null, planWords(total)].filter(
    (part) => part !== null,
  );
  return {
    label: "Spend",
    value: formatMoney(now),
    exact: now === null ? null : formatMoneyExact(now),
    lead:
      now === null || before === null || isUnderWay || (now === 0n && before === 0n)
        ? null
        : { text: formatChange(now, before), tone: now < before ? "good" : "plain" },
    note:
      before === null
        ? "Nothing to compare with"
        : isUnderWay
          ? `so far; ${formatMoney(before)}${missing} on the whole day before`
          : `from ${formatMoney(before)}${missing}`,
    foot: foot.join(" · ") || formatCounted(total.requests, "request"),
    chart: {
      kind: "bars",
      values:
        series?.points.map(({ figures }) =>
          figures?.costNanoUsd == null ? null : chartDollars(figures.costNanoUsd),
        ) ?? [],
    },
  };
}

/** What subscriptions cover, and how many of its requests are missing in the amount; null without any. */
function planWords({ planValueNanoUsd, planUnpriced }: Overview["total"]): string | null {
  if (planValueNanoUsd === "0") return null;
  if (planValueNanoUsd === null) return `plan value of ${formatCounted(planUnpriced, "request")} not known`;
  return `${formatMoney(planValueNanoUsd)}${formatMissing(planValueNanoUsd, planUnpriced)} plan value beside it`;
}

const toNano = (text: string | null): bigint | null => (text === null ? null : BigInt(text));

function saved({ total }: Overview): Kpi {
  const [byRules, avoided] = [toNano(total.savedNanoUsd), toNano(total.avoidedNanoUsd)];
  const both = sumKnown([byRules, avoided]);
  const full = toNano(total.fullPriceNanoUsd) ?? 0n;
  // Without a known cost the full price is what was saved, and a share of it would say 100 %.
  const share = both !== null && full > 0n && total.costNanoUsd !== null ? computeShare(both, full) : null;
  const part = (amount: bigint | null) => Math.max(0, (full > 0n && computeShare(amount ?? 0n, full)) || 0);
  return {
    label: "Saved",
    value: formatMoney(both),
    exact: both === null ? null : formatMoneyExact(both),
    lead:
      both === null || share === null
        ? null
        : { text: formatPercent(share), tone: both > 0n ? "good" : both < 0n ? "bad" : "plain" },
    note: both === null ? "No price of it is known" : share === null ? "No priced request yet" : "of the full price",
    foot: `${formatMoney(byRules)} by rules · ${formatMoney(avoided)} by response cache`,
    chart: { kind: "split", paid: 1 - part(byRules) - part(avoided), saved: part(byRules), avoided: part(avoided) },
  };
}

function overrideShare({ overrides, total }: Overview): Kpi {
  const { share, now, before, sinceVersion } = overrides;
  const change = formatPoints(now, before);
  const since = sinceVersion === null ? "against the time before" : `since v${sinceVersion}`;
  const isKnown = now !== null && before !== null;
  const fallbacks = total.fallbacks > 0 ? ` · ${formatCounted(total.fallbacks, "fallback")}` : "";
  return {
    label: "Override share",
    value: formatPercent(share),
    exact: null,
    lead: isKnown ? { text: change, tone: now > before ? "good" : "plain" } : null,
    note: isKnown ? since : "of all requests",
    foot: `${formatCount(total.overrides)} of ${formatCounted(total.requests, "request")}${fallbacks}`,
    chart: { kind: "share", share, tick: null },
  };
}

/** Fewest look-ups from which a hit rate is compared with its alert. */
const JUDGED_LOOK_UPS = 20;

/** While no request may be answered from the response cache, what the provider's prompt cache does is the useful number. */
function cache({ cache: rates }: Overview): Kpi {
  if (rates.hitRate === null) {
    return {
      label: "Prompt cache read",
      value: formatPercent(rates.promptReadShare),
      exact: null,
      lead: null,
      note: "of all prompt tokens",
      foot: "Response cache: no request was eligible",
      chart: { kind: "share", share: rates.promptReadShare, tick: null },
    };
  }
  const lookUps = rates.hits + rates.misses;
  const isJudged = lookUps >= JUDGED_LOOK_UPS;
  const above = rates.hitRate >= rates.alertBelow;
  const distance = formatPoints(rates.hitRate, rates.alertBelow).replace(/^[+\u2212]/, "");
  return {
    label: "Cache hit rate",
    value: formatPercent(rates.hitRate),
    exact: null,
    lead: above || !isJudged ? null : { text: distance, tone: "bad" },
    note: !isJudged
      ? "Too few look-ups to judge"
      : `${above ? `${distance} above` : "below"} the ${Math.round(rates.alertBelow * 100)}% alert`,
    foot: `${formatCount(rates.hits)} of ${formatCounted(lookUps, "look-up")} · prompt cache ${formatPercent(rates.promptReadShare)}`,
    chart: { kind: "share", share: rates.hitRate, tick: rates.alertBelow },
  };
}
