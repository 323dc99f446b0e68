/** Since the process started, and now: what one proxy says of its response cache. Numbers and names only, never content. */
export interface CacheReport {
  items: number;
  bytes: number;
  bytesMax: number;
  hits: number;
  misses: number;
  stored: number;
  evictions: number;
  tokensAvoided: number;
  timeAvoidedMs: number;
  /** How often requests were not looked up, by reason. */
  bypasses: Readonly<Record<string, number>>;
  /** Whether this instance shares with others. */
  shared: "none" | "up" | "away";
  /** The answers used last. */
  entries: readonly CachedEntry[];
}

/** One stored answer as people may see it: never what is in it, nor whose it is. */
export interface CachedEntry {
  model: string;
  endpoint: string;
  storedAtMs: number;
  bytes: number;
  hits: number;
}

/** A report as it was written down; null for none, and for one of another release. */
export function readCacheReport(text: string | null): CacheReport | null {
  try {
    const report = JSON.parse(text ?? "null") as Partial<CacheReport> | null;
    const isWhole = typeof report?.items === "number" && Array.isArray(report.entries) && report.bypasses !== undefined;
    return isWhole ? (report as CacheReport) : null;
  } catch {
    return null;
  }
}
