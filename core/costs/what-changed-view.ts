import type { RangeView } from "./chart-series.ts";
import type { ChangeLine } from "./what-changed.ts";

/** Why the cost of a range is another one than that of the range before. Money in nano-dollars as text. */
export interface WhatChanged {
  range: RangeView;
  previous: RangeView;
  costNanoUsd: string;
  previousCostNanoUsd: string;
  /** The sum of the lines. */
  differenceNanoUsd: string;
  /** Metered requests in no amount. */
  unpriced: number;
  previousUnpriced: number;
  /** Why sessions, asks, versions and causes are in no line: single requests are archived, or too many. Null: they are. */
  leftOut: "archived" | "too many" | null;
  lines: (Omit<ChangeLine, "nanoUsd"> & { nanoUsd: string })[];
}
