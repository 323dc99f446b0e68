import type { TierToken } from "#app/_charts/theme.ts";
import type { ChartSeries } from "#core/costs/chart-series.ts";
import { type FiguresView, sumTokens } from "#core/costs/figures.ts";
import { formatCount, formatMoney, formatMoneyExact, formatTokens } from "#core/report/format.ts";
import { buildPart, type ChartPart, listFigures, sumCost } from "./prepare.ts";
import type { ChartMetric } from "./url.ts";

/** One line of the tooltip, or one row of the table under the chart. */
interface SlotLine {
  key: string;
  label: string;
  colour: TierToken | "saved" | "avoided" | null;
  value: string;
  exact: string;
  isTotal: boolean;
  isLoss: boolean;
}

/** Lines of one slot: models, paid, saved and avoided amounts, full price. Null without data. */
export function slotLines(series: ChartSeries, parts: readonly ChartPart[], metric: ChartMetric, index: number) {
  const point = series.points[index];
  if (!point?.figures) return null;
  const lines = [...parts].reverse().flatMap((part): SlotLine[] => {
    const own = listFigures(point, part.models);
    if (own.length === 0) return [];
    const { total, exact } = buildPart(part.key, part.label, part.models, part.colour, own, metric);
    const value = metric === "cost" ? formatMoney(sumCost(own)) : total;
    return [{ key: part.key, label: part.label, colour: part.colour, value, exact, isTotal: false, isLoss: false }];
  });
  return [...lines, ...(metric === "cost" ? moneyLines(point.figures) : countLines(point.figures, metric))];
}

function moneyLines(figures: FiguresView): SlotLine[] {
  const line = (
    key: string,
    label: string,
    nano: string | null,
    colour: SlotLine["colour"],
    isTotal = false,
  ): SlotLine => ({
    key,
    label,
    colour,
    value: formatMoney(nano),
    exact: formatMoneyExact(nano),
    isTotal,
    isLoss: BigInt(nano ?? 0) < 0n,
  });
  return [
    line("paid", "Paid", figures.costNanoUsd, null, true),
    line(
      "saved",
      BigInt(figures.savedNanoUsd ?? 0) < 0n ? "Lost by rules" : "Saved by rules",
      figures.savedNanoUsd,
      "saved",
    ),
    line("avoided", "Avoided by cache", figures.avoidedNanoUsd, "avoided"),
    line("full", "Full price", figures.fullPriceNanoUsd, null),
  ];
}

function countLines(figures: FiguresView, metric: "tokens" | "requests"): SlotLine[] {
  const line = (key: string, label: string, count: number, isTotal: boolean): SlotLine => ({
    key,
    label,
    colour: null,
    value: metric === "tokens" ? formatTokens(count) : formatCount(count),
    exact: formatCount(count),
    isTotal,
    isLoss: false,
  });
  if (metric === "tokens") return [line("total", "All tokens", sumTokens(figures), true)];
  return [
    line("total", "All requests", figures.requests, true),
    line("overrides", "Overridden", figures.overrides, false),
  ];
}

/** Describes the slot in one sentence for screen readers. */
export function slotSentence(series: ChartSeries, parts: readonly ChartPart[], metric: ChartMetric, index: number) {
  const point = series.points[index];
  if (!point) return "";
  const lines = slotLines(series, parts, metric, index);
  if (!lines) return `${point.title}: nothing recorded.`;
  const rules = point.version === null ? "" : ` Rules version ${point.version}.`;
  return `${point.title}: ${lines.map(({ label, value }) => `${label} ${value}`).join(", ")}.${rules}`;
}
