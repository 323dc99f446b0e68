import type { OpenBatches } from "../batches/open-batches.ts";
import type { RangeView, Tier } from "./chart-series.ts";
import type { CorrectionView } from "./correction-view.ts";
import type { FiguresView } from "./figures.ts";
import type { RuleFigures } from "./rule-figures.ts";

/** Figures at the top of the first page. Ratios are 0-1; null means there was nothing to divide by. */
export interface Overview {
  range: RangeView;
  /** Comparison range. */
  previous: RangeView | null;
  /** `empty`: no request was ever recorded. `nothing`: none in this range, or none that matches the filter. */
  state: "ok" | "nothing" | "empty";
  total: FiguresView;
  previousTotal: FiguresView | null;
  /** The range is today alone, and no change against a whole day is given. */
  isUnderWay: boolean;
  overrides: OverrideShare;
  cache: CacheRates;
  topRules: TopRules;
  needsALook: Attention[];
  /** Corrections that touch the range, newest first; they are in every amount. */
  corrections: CorrectionView[];
}

export interface OverrideShare {
  share: number | null;
  /** On the whole days that are compared; null below the least sample, like `before`. */
  now: number | null;
  /** Earlier share, for the change. */
  before: number | null;
  /**
   * Live version, when `before` is the share on the same weekdays before it. Null when `before` is that of the range
   * before.
   */
  sinceVersion: number | null;
}

export interface CacheRates {
  hits: number;
  misses: number;
  /** Response cache; null without an eligible request, which is not 0 %. */
  hitRate: number | null;
  /** Share of prompt tokens read from the provider's prompt cache. */
  promptReadShare: number | null;
  alertBelow: number;
}

/** Alert threshold of older installations, known to operators. */
export const cacheAlertBelow = 0.3;

export interface TopRule extends RuleFigures {
  ruleId: string;
  from: string;
  to: string;
  fromTier: Tier;
  toTier: Tier;
  note: string | null;
  /** Version since which it has been in force without a break, and when that was published. Null: no known version. */
  sinceVersion: number | null;
  sinceAt: string | null;
  isLive: boolean;
}

export interface TopRules {
  rows: TopRule[];
  /** Number of rules applied in the range. */
  of: number;
}

/** Finding that a person should see; the screen that shows it chooses the words. */
export type Attention =
  | { kind: "rules-file"; problem: string; instances: number }
  | { kind: "paused"; version: number }
  | {
      kind: "errors";
      route: Pick<TopRule, "ruleId" | "from" | "to" | "note">;
      rate: number;
      /** Rate of the other rules over the same time. Null while they have too few requests to compare with. */
      others: number | null;
      /** Version that gave the rule its present form, since which it is measured for every range. */
      version: number;
      rollBackTo: number | null;
    }
  | { kind: "losing"; route: Pick<TopRule, "ruleId" | "from" | "to" | "note">; lostNanoUsd: string; requests: number }
  | { kind: "retired"; model: string; at: string; isPast: boolean; rules: number }
  /** `addPriceOf`: the model whose price the reader may add; null where there is none. */
  | { kind: "unpriced"; requests: number; models: string[]; addPriceOf: string | null }
  | { kind: "batches"; open: OpenBatches }
  | {
      kind: "unruled";
      model: string;
      hasRule: boolean;
      costNanoUsd: string;
      target: string | null;
      wouldSaveNanoUsd: string | null;
    }
  | {
      kind: "other-generations";
      family: string;
      named: string[];
      untouched: string[];
      /** Requests of the untouched models, and of the whole family. */
      requests: number;
      total: number;
    }
  | { kind: "draft"; name: string; updatedAt: string; basedOn: number | null };

/** Filter values of a range, most expensive first. */
export interface CostFacets {
  project: string[];
  team: string[];
  model: string[];
  person: { id: string; name: string }[];
}
