import type { RangeView, Tier } from "./chart-series.ts";
import type { FiguresView } from "./figures.ts";
import type { RuleFigures } from "./rule-figures.ts";

/** The figures at the top of the first page. Ratios are 0-1; null means there was nothing to divide by. */
export interface Overview {
  range: RangeView;
  /** The range compared with. */
  previous: RangeView | null;
  /** `empty`: no request was ever recorded. `nothing`: none in this range, or none that the filter leaves. */
  state: "ok" | "nothing" | "empty";
  total: FiguresView;
  previousTotal: FiguresView | null;
  /** The range is today alone, and no change is told against a whole day. */
  isUnderWay: boolean;
  overrides: OverrideShare;
  cache: CacheRates;
  topRules: TopRules;
  needsALook: Attention[];
}

export interface OverrideShare {
  share: number | null;
  /** On the whole days that are compared; null below the least sample, like `before`. */
  now: number | null;
  /** The share before, to tell the change from. */
  before: number | null;
  /** The live version, when `before` is the share on the same weekdays before it; null when it is the range before. */
  sinceVersion: number | null;
}

export interface CacheRates {
  hits: number;
  misses: number;
  /** Response cache; null while no request was eligible, which is not 0 %. */
  hitRate: number | null;
  /** Prompt tokens that were read from the provider's prompt cache. */
  promptReadShare: number | null;
  alertBelow: number;
}

/** Where the alert of older installations stands: operators know it. */
export const cacheAlertBelow = 0.3;

export interface TopRule extends RuleFigures {
  ruleId: string;
  from: string;
  to: string;
  fromTier: Tier;
  toTier: Tier;
  note: string | null;
  /** The version it has been in force since without a break, and when that was published. Null: in no known version. */
  sinceVersion: number | null;
  sinceAt: string | null;
  isLive: boolean;
}

export interface TopRules {
  rows: TopRule[];
  /** How many rules were applied in the range. */
  of: number;
}

/** Something a person should see; the words are chosen where it is shown. */
export type Attention =
  | { kind: "rules-file"; problem: string; instances: number }
  | { kind: "paused"; version: number }
  | {
      kind: "errors";
      route: Pick<TopRule, "ruleId" | "from" | "to" | "note">;
      rate: number;
      /** The same of the other rules, over the same time; null while they have too few requests to compare with. */
      others: number | null;
      /** The version that made the rule what it is, when it went live inside the range. */
      version: number | null;
      rollBackTo: number | null;
    }
  | { kind: "losing"; route: Pick<TopRule, "ruleId" | "from" | "to" | "note">; lostNanoUsd: string; requests: number }
  | { kind: "retired"; model: string; at: string; isPast: boolean; rules: number }
  | { kind: "unpriced"; requests: number; models: string[] }
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

/** What the filters of a range can offer, most expensive first. */
export interface CostFacets {
  project: string[];
  team: string[];
  model: string[];
  person: { id: string; name: string }[];
}
