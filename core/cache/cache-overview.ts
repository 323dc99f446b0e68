import type { RangeView, Tier } from "#core/costs/chart-series.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";
import type { CachedEntry, CacheFigures, CacheReport } from "./cache-report.ts";

/** What the console shows of the response cache. Never content. */
export interface CacheOverview {
  range: RangeView;
  settings: CacheSettingsView;
  /** Of the range, from the ledger: the figures Overview and the old endpoint go by. */
  ledger: {
    hits: number;
    misses: number;
    bypasses: number;
    /** How many of the bypasses are no requests to Overview and Costs: token counts, lists of models, files. */
    otherBypasses: number;
    /** Null while nothing was looked up, which is not 0 %. */
    hitRate: number | null;
    avoidedNanoUsd: string;
  };
  points: CachePoint[];
  /** Of the range. */
  tokensAvoided: number;
  /** What the processes that serve now hold at this moment: no range, and nothing that was counted since a start. */
  now: HeldNow;
  instances: CacheInstance[];
  /** Why requests of the range were not looked up, most frequent first. */
  bypasses: { reason: string; why: string; count: number }[];
  /** The answers stored last. */
  entries: (CachedEntry & { tier: Tier })[];
}

type HeldNow = Pick<CacheFigures, "items" | "bytes" | "bytesMax">;

export interface CacheSettingsView extends Pick<RuleSet, "cache"> {
  /** The live version; null before any was published. */
  version: number | null;
  /** Line of the rules file each key stands on; null: not written, its default holds. */
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
  /** Null: it has said nothing of its cache yet. */
  report: (HeldNow & Pick<CacheReport, "shared">) | null;
}

/** What can be chosen for a purge. */
export interface PurgeChoices {
  people: { id: string; name: string }[];
  models: string[];
}
