import type { PriceChange, PriceSpan, Rates } from "#core/costs/price-timeline.ts";
import { formatRate, formatThousandths } from "#core/costs/rate-text.ts";

/** Dollars per million tokens, exact, as text. */
interface RatesView {
  input: string;
  output: string;
  cacheWrite5m: string;
  cacheWrite1h: string;
  cacheRead: string;
}

/** What a model costs from a day on. */
export interface SpanView {
  /** First day; null: from the beginning. */
  from: string | null;
  /** What is paid; null: unpriced. */
  paid: RatesView | null;
  tiers: (RatesView & { promptTokensOver: number })[];
  source: PriceSpan["source"];
  /** Percent off; null: no discount. */
  discountPercent: string | null;
  /** Factor on the whole bill; null: none. */
  multiplier: string | null;
}

export interface ChangeView {
  model: string;
  displayName: string;
  speed: PriceChange["speed"];
  from: string | null;
  /** First day without the change; null: from then on. */
  until: string | null;
  before: SpanView;
  after: SpanView;
}

const toRatesView = (rates: Rates): RatesView => ({
  input: formatRate(rates.input),
  output: formatRate(rates.output),
  cacheWrite5m: formatRate(rates.cacheWrite5m),
  cacheWrite1h: formatRate(rates.cacheWrite1h),
  cacheRead: formatRate(rates.cacheRead),
});

export const toSpanView = (span: PriceSpan): SpanView => ({
  from: span.from,
  paid: span.paid && toRatesView(span.paid),
  tiers: span.tiers.map(({ promptTokensOver, ...rates }) => ({ promptTokensOver, ...toRatesView(rates) })),
  source: span.source,
  discountPercent: span.percentMilli === null ? null : formatThousandths(span.percentMilli),
  multiplier: span.factorMilli === null ? null : formatThousandths(span.factorMilli),
});

export const toChangeView = ({ before, after, ...change }: PriceChange): ChangeView => ({
  ...change,
  before: toSpanView(before),
  after: toSpanView(after),
});

/** Formats a change for the audit log: model, days, and the input and output price before and after. */
export function formatChange({ model, speed, from, until, before, after }: PriceChange): string {
  const price = ({ paid }: PriceSpan) =>
    paid === null ? "unpriced" : `$${formatRate(paid.input)} in, $${formatRate(paid.output)} out`;
  const days = `${from === null ? "always" : `from ${from}`}${until === null ? "" : ` until ${until}`}`;
  return `${model}${speed === "fast" ? " (fast)" : ""} ${days}: ${price(before)} → ${price(after)}`;
}
