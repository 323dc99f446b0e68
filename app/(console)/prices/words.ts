import type { PriceRow, SpanView } from "./queries.ts";

/** Formats dollars per million tokens. */
export const formatRateText = (dollars: string): string => `$${dollars}`;

/** Formats days: "from 2026-12-01", "2026-12-01 to 2026-12-31", where `until` is the first day without it. */
export function formatDays(from: string | null, until: string | null): string {
  const since = from === null ? "always" : `from ${from}`;
  return until === null ? since : `${since} until ${until}`;
}

interface Source {
  text: string;
  tone: "neutral" | "accent" | "warn";
}

/** Where what is paid today comes from. */
export function formatSources({ today }: PriceRow): Source[] {
  if (today.source === "none") return [{ text: "no price", tone: "warn" }];
  const base: Source =
    today.source === "own" ? { text: "own price", tone: "accent" } : { text: "list", tone: "neutral" };
  const { discountPercent, multiplier } = today;
  return [
    base,
    ...(discountPercent === null || discountPercent === "0"
      ? []
      : [{ text: `−${discountPercent} %`, tone: "accent" as const }]),
    ...(multiplier === null || multiplier === "1" ? [] : [{ text: `× ${multiplier}`, tone: "accent" as const }]),
  ];
}

/** Formats the next change after today; null: none is known. */
export function formatUpcoming({ spans }: PriceRow, today: string): string | null {
  const next = spans.find(({ from }) => from !== null && from > today);
  if (next === undefined) return null;
  return `from ${next.from}: ${formatPaid(next)}`;
}

/** Formats what a model costs, in one line. */
export const formatPaid = ({ paid }: SpanView): string =>
  paid === null ? "no price" : `${formatRateText(paid.input)} in, ${formatRateText(paid.output)} out`;
