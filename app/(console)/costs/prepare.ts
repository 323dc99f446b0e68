import type { BarModel } from "#app/_charts/bar-model.ts";
import { spareTokens, type TierToken } from "#app/_charts/theme.ts";
import type { ChartSeries, SeriesPoint, Tier } from "#core/costs/chart-series.ts";
import { type FiguresView, sumTokens } from "#core/costs/figures.ts";
import { sumKnown } from "#core/costs/known-money.ts";
import { chartDollars, formatCount, formatMoneyExact, formatMoneyShort, formatTokens } from "#core/report/format.ts";
import type { ChartMetric } from "./url.ts";

/** Where there are more models than colours, more than this fold into "Other", unless rules lead to them. */
const SHOWN_MODELS = 4;
/** Number of distinguishable colours, enough for a chart whose models are all of unknown tier. */
const shownModelsMax = spareTokens.length;

/** One series of the stack, for legend, tooltip and table. */
export interface ChartPart {
  key: string;
  label: string;
  /** Full ids behind the label. */
  models: readonly string[];
  colour: TierToken;
  total: string;
  exact: string;
}

interface PreparedChart {
  /** Bottom to top, most expensive first; "Other" last. */
  parts: ChartPart[];
  /** "4 of 9" where models were folded, else null. */
  folded: string | null;
  bars: BarModel;
}

/**
 * Turns a series into bars: units, order, gaps, colours and what folds together. Parts in `hidden` are not drawn. Requests no
 * model served (refused ones) are a part only where they have an amount: a cost they never have.
 */
export function prepareChart(series: ChartSeries, metric: ChartMetric, hidden: ReadonlySet<string>): PreparedChart {
  const models = series.models.filter(({ id, figures }) => id !== "" || toAmount(figures, metric) > 0);
  const ranked = [...models].sort((a, b) => toAmount(b.figures, metric) - toAmount(a.figures, metric));
  const kept = chooseShown(ranked);
  const colours = chooseColours(models.filter(({ id }) => kept.has(id)));
  const parts = models
    .filter(({ id }) => kept.has(id))
    .map(({ id, name, figures }) => buildPart(id, name, [id], colours.get(id) ?? "t0", [figures], metric));
  const rest = models.filter(({ id }) => !kept.has(id));
  if (rest.length > 0) {
    const figures = rest.map((model) => model.figures);
    parts.push(
      buildPart(
        OTHER_KEY,
        "Other",
        rest.map(({ id }) => id),
        "t0",
        figures,
        metric,
      ),
    );
  }
  const folded = rest.length > 0 ? `${kept.size} of ${models.length}` : null;
  return { parts, folded, bars: buildBars(series, parts, metric, hidden) };
}

const OTHER_KEY = "(other)";

/** Legend keys of the unpaid amounts. */
export const SAVED_KEY = "(saved)";
export const AVOIDED_KEY = "(avoided)";

function buildBars(
  series: ChartSeries,
  parts: readonly ChartPart[],
  metric: ChartMetric,
  hidden: ReadonlySet<string>,
): BarModel {
  const isMoney = metric === "cost";
  const none = series.points.map(() => null);
  const unpaid = (key: string, amount: (figures: FiguresView) => string | null) =>
    !isMoney || hidden.has(key)
      ? none
      : series.points.map(({ figures }) => figures && Math.max(0, chartDollars(amount(figures) ?? "0")));
  return {
    labels: series.points.map((point) => point.label),
    series: parts
      .filter(({ key }) => !hidden.has(key))
      .map(({ key, colour, models }) => ({
        key,
        colour,
        values: series.points.map((point) => slotAmount(point, models, metric)),
      })),
    saved: unpaid(SAVED_KEY, (figures) => figures.savedNanoUsd),
    avoided: unpaid(AVOIDED_KEY, (figures) => figures.avoidedNanoUsd),
    losses: !isMoney || hidden.size > 0 ? none : series.points.map(lossLine),
    marks: buildMarks(series),
    formatTick: isMoney ? tickMoney : tickCount,
  };
}

const slotAmount = (point: SeriesPoint, models: readonly string[], metric: ChartMetric): number | null =>
  point.figures && listFigures(point, models).reduce((sum, figures) => sum + toAmount(figures, metric), 0);

/** Figures of those of the models that were used in the slot. */
export const listFigures = (point: SeriesPoint, models: readonly string[]): FiguresView[] =>
  point.models.flatMap(({ id, figures }) => (models.includes(id) ? figures : []));

const toAmount = (figures: FiguresView, metric: ChartMetric): number => {
  if (metric === "cost") return chartDollars(figures.costNanoUsd ?? "0");
  return metric === "tokens" ? sumTokens(figures) : figures.requests;
};

/** Full price of slots that lost money, which is inside their bar. */
function lossLine({ figures }: SeriesPoint): number | null {
  if (!figures || BigInt(figures.savedNanoUsd ?? 0) >= 0n) return null;
  return chartDollars(BigInt(figures.costNanoUsd ?? 0) + BigInt(figures.savedNanoUsd ?? 0));
}

/**
 * Marks of publishes in the chart, at the nearer edge of their slot. The line of a mark thus runs between bars. Several
 * marks share a pill.
 */
function buildMarks(series: ChartSeries): { at: number; text: string }[] {
  const last = series.points.length;
  const byEdge = new Map<number, number[]>();
  for (const { number, position } of series.marks) {
    const edge = Math.min(Math.round(position), Math.max(last - 1, 0));
    byEdge.set(edge, [...(byEdge.get(edge) ?? []), number]);
  }
  return [...byEdge].map(([at, numbers]) => {
    const [first, newest] = [Math.min(...numbers), Math.max(...numbers)];
    return { at, text: first === newest ? `v${newest}` : `v${first}–v${newest}` };
  });
}

/**
 * Chooses the models the chart shows: the largest, and those that rules led to in the range. What a rule changed must
 * be visible, and a cheap target is small by nature. Should rules lead to more than there are colours for, the busiest
 * targets stay.
 */
function chooseShown(ranked: ChartSeries["models"]): Set<string> {
  if (ranked.length <= shownModelsMax) return new Set(ranked.map(({ id }) => id));
  const kept = new Set(ranked.slice(0, SHOWN_MODELS).map(({ id }) => id));
  const targets = ranked
    .filter(({ figures }) => figures.overrides > 0)
    .sort((a, b) => b.figures.overrides - a.figures.overrides)
    .slice(0, shownModelsMax)
    .map(({ id }) => id);
  const wanted = new Set([...targets, ...kept]);
  return new Set([...wanted].slice(0, shownModelsMax));
}

/** Colour of each model in the chart, for the rows below it. A folded model has the colour of "Other". */
export const chartColours = (series: ChartSeries, metric: ChartMetric): ReadonlyMap<string, TierToken> =>
  new Map(
    prepareChart(series, metric, new Set()).parts.flatMap(({ models, colour }) =>
      models.map((model): [string, TierToken] => [model, colour]),
    ),
  );

/**
 * Assigns a colour to each model. The most expensive of each tier has the tier's colour. Every other has a unique one,
 * never that of Other.
 */
function chooseColours(models: readonly { id: string; tier: Tier }[]): Map<string, TierToken> {
  const spare = spareTokens.values();
  const used = new Set<Tier>();
  const colours = new Map<string, TierToken>();
  for (const { id, tier } of models) {
    const own = tier === null || used.has(tier) ? spare.next().value : (`t${tier}` as const);
    used.add(tier);
    if (own) colours.set(id, own);
  }
  return colours;
}

/** Cost of figures that are shown as one; null where it is not known. */
export const sumCost = (figures: readonly FiguresView[]): bigint | null =>
  sumKnown(figures.map(({ costNanoUsd }) => (costNanoUsd === null ? null : BigInt(costNanoUsd))));

/** Series with its total formatted for the metric. */
export function buildPart(
  key: string,
  label: string,
  models: readonly string[],
  colour: TierToken,
  figures: readonly FiguresView[],
  metric: ChartMetric,
): ChartPart {
  const sum = (value: (one: FiguresView) => bigint) => figures.reduce((total, one) => total + value(one), 0n);
  const words = { key, label, models, colour };
  if (metric === "cost") {
    const cost = sumCost(figures);
    if (cost === null) return { ...words, total: "unpriced", exact: "No price is known for this model" };
    return { ...words, total: formatMoneyShort(cost), exact: formatMoneyExact(cost) };
  }
  const count = sum((one) => BigInt(metric === "tokens" ? sumTokens(one) : one.requests));
  return { ...words, total: metric === "tokens" ? formatTokens(count) : formatCount(count), exact: formatCount(count) };
}

/** Formats "3k", "1.5M" for an axis with round steps; empty for a fraction. */
export const tickCount = (value: number): string =>
  !Number.isInteger(value)
    ? ""
    : formatTokens(value).replace(/\.(\d*?)0+(?=[kMBT])/, (_all, kept: string) => (kept === "" ? "" : `.${kept}`));

/** Formats "$400", "$12k", "$0.25" for an axis. */
function tickMoney(value: number): string {
  if (value >= 10_000) return `$${tickCount(value)}`;
  if (value === 0) return "$0";
  return `$${value < 1 ? String(Number(value.toPrecision(2))) : value < 10 ? String(Number(value.toFixed(1))) : formatCount(value)}`;
}
