import type { RangeView, Tier } from "#core/costs/chart-series.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";
import type { CachedEntry, CacheFigures, CacheReport } from "./cache-report.ts";

/** View of the response cache for the console. Never content. */
export interface CacheOverview {
  range: RangeView;
  settings: CacheSettingsView;
  /** Figures of the range from the ledger, the same as on Overview and at the old endpoint. */
  ledger: {
    hits: number;
    misses: number;
    bypasses: number;
    /** How many of the bypasses are no requests to Overview and Costs: token counts, lists of models, files. */
    otherBypasses: number;
    /** Null while nothing was looked up, which is not 0 %. */
    hitRate: number | null;
    /** Null: no price is known for any hit. */
    avoidedNanoUsd: string | null;
  };
  points: CachePoint[];
  /** Tokens avoided in the range. */
  tokensAvoided: number;
  /** Current contents of all serving processes: not limited to the range, without counters since a start. */
  now: HeldNow;
  instances: CacheInstance[];
  /** Bypasses of the range by reason, most frequent first. */
  bypasses: { reason: string; why: string; count: number }[];
  /** Most recently stored responses. */
  entries: (CachedEntry & { tier: Tier })[];
}

type HeldNow = Pick<CacheFigures, "items" | "bytes" | "bytesMax">;

export interface CacheSettingsView extends Pick<RuleSet, "cache"> {
  /** Live version; null before the first publish. */
  version: number | null;
  /** Line of the rules file on which each key stands; null: absent, so the default applies. */
  lines: Record<"enabled" | "max_mb" | "ttl_seconds" | "scope", number | null>;
}

export interface CachePoint {
  key: string;
  label: string;
  title: string;
  /** Null: nothing was recorded. A gap, never a zero. */
  counts: { hits: number; misses: number; bypasses: number } | null;
}

export interface CacheInstance {
  id: string;
  hostname: string;
  /** Null: the instance has not reported on its cache yet. */
  report: (HeldNow & Pick<CacheReport, "shared">) | null;
}

/** Choices offered for a purge. */
export interface PurgeChoices {
  people: { id: string; name: string }[];
  models: string[];
}
