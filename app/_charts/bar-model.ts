import type { ChartMark } from "./plugins.ts";
import type { TierToken } from "./theme.ts";

/** Stacked bars ready to draw, with units, order, gaps and colours. Numbers are for geometry only. */
export interface BarModel {
  /** One per slot. */
  labels: readonly string[];
  /** Bottom to top. A gap is null. */
  series: readonly { key: string; colour: TierToken; values: readonly (number | null)[] }[];
  /** Unpaid amounts on top of the bars: by rules and by the response cache. */
  saved: readonly (number | null)[];
  avoided: readonly (number | null)[];
  /** Full price in slots that lost money. */
  losses: readonly (number | null)[];
  marks: readonly ChartMark[];
  formatTick: (value: number) => string;
}
