import type { BarModel } from "#app/_charts/bar-model.ts";
import type { CacheOverview, CachePoint } from "#core/cache/cache-overview.ts";
import { cacheAlertBelow } from "#core/costs/overview.ts";
import {
  formatBytes,
  formatCount,
  formatMoney,
  formatMoneyExact,
  formatPercent,
  formatTokens,
} from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { Kpi } from "../_parts/kpi.ts";
import { tickCount } from "../costs/prepare.ts";

/** Builds the four key figures. Without a look-up there is no rate, never zero percent. */
export function prepareKpis({ ledger, now, points, tokensAvoided }: CacheOverview): Kpi[] {
  const lookUps = ledger.hits + ledger.misses;
  return [
    {
      label: "Hit rate",
      value: formatPercent(ledger.hitRate),
      exact: null,
      lead: null,
      note:
        lookUps === 0 ? "Nothing was looked up" : `${formatCount(ledger.hits)} of ${formatCounted(lookUps, "look-up")}`,
      foot: passedOver(ledger),
      chart: { kind: "share", share: ledger.hitRate, tick: cacheAlertBelow },
    },
    {
      label: "Avoided",
      value: formatMoney(ledger.avoidedNanoUsd),
      exact: ledger.avoidedNanoUsd === null ? null : formatMoneyExact(ledger.avoidedNanoUsd),
      lead: null,
      note: "not paid, answered from memory",
      foot: `by ${formatCounted(ledger.hits, "hit")}`,
      chart: { kind: "bars", values: points.map(({ counts }) => counts?.hits ?? null) },
    },
    {
      label: "Tokens avoided",
      value: formatTokens(tokensAvoided),
      exact: formatCount(tokensAvoided),
      lead: null,
      note: "not sent to the provider",
      foot: `in ${formatCounted(ledger.hits, "answer")} from memory`,
      chart: { kind: "bars", values: points.map(({ counts }) => counts?.hits ?? null) },
    },
    {
      label: "In memory",
      value: formatBytes(now.bytes),
      exact: formatCounted(now.bytes, "byte"),
      lead: null,
      note: `of ${formatBytes(now.bytesMax)}, ${formatCounted(now.items, "answer")}`,
      foot: "at this moment",
      chart: { kind: "share", share: now.bytesMax === 0 ? null : now.bytes / now.bytesMax, tick: null },
    },
  ];
}

/** Requests are what Overview and Costs count as such; the cache passes over other calls, too. */
function passedOver({ bypasses, otherBypasses }: CacheOverview["ledger"]): string {
  const requests = bypasses - otherBypasses;
  const others = otherBypasses === 0 ? "" : ` and ${formatCounted(otherBypasses, "other call")}`;
  return `${formatCounted(requests, "request")}${others} bypassed the cache`;
}

/** Misses as bars, hits hatched on top of them: what was not paid is hatched wherever it appears. */
export function prepareBars(points: readonly CachePoint[]): BarModel {
  const none = points.map(() => null);
  return {
    labels: points.map((point) => point.label),
    series: [{ key: "misses", colour: "t0", values: points.map(({ counts }) => counts?.misses ?? null) }],
    saved: none,
    avoided: points.map(({ counts }) => counts?.hits ?? null),
    losses: none,
    marks: [],
    formatTick: tickCount,
  };
}

/** Describes one bar in a sentence. */
export function pointSentence(point: CachePoint | undefined): string {
  if (!point) return "";
  if (!point.counts) return `${point.title}: nothing recorded.`;
  const { hits, misses, bypasses } = point.counts;
  return `${point.title}: ${formatCount(hits)} answered from the cache, ${formatCount(misses)} not found, ${formatCount(bypasses)} not looked up.`;
}
