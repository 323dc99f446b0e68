/** Contents of a response cache, and its counters since the process started. Numbers and names only. */
export interface CacheFigures {
  items: number;
  bytes: number;
  bytesMax: number;
  hits: number;
  misses: number;
  stored: number;
  evictions: number;
  tokensAvoided: number;
  timeAvoidedMs: number;
  /** Number of requests that bypassed the cache, by reason. */
  bypasses: Readonly<Record<string, number>>;
}

/** Report of one proxy on its response cache for the console. Never content. */
export interface CacheReport extends CacheFigures {
  /** Whether this instance shares its cache with others. */
  shared: "none" | "up" | "away";
  /** Most recently used responses. */
  entries: readonly CachedEntry[];
}

/** One stored response as people may see it: without its content or its owner. */
export interface CachedEntry {
  model: string;
  endpoint: string;
  storedAtMs: number;
  bytes: number;
  hits: number;
}

/** Parses a stored report; null for none, and for one of another release. */
export function readCacheReport(text: string | null): CacheReport | null {
  try {
    const report = JSON.parse(text ?? "null") as Partial<CacheReport> | null;
    const isWhole = typeof report?.items === "number" && Array.isArray(report.entries) && report.bypasses !== undefined;
    return isWhole ? (report as CacheReport) : null;
  } catch {
    return null;
  }
}

const NOTHING: CacheFigures = {
  items: 0,
  bytes: 0,
  bytesMax: 0,
  hits: 0,
  misses: 0,
  stored: 0,
  evictions: 0,
  tokensAvoided: 0,
  timeAvoidedMs: 0,
  bypasses: {},
};

/** Sums the figures of several processes. */
export function sumOfCaches(caches: readonly CacheFigures[]): CacheFigures {
  return caches.reduce(
    (total, one) => ({
      items: total.items + one.items,
      bytes: total.bytes + one.bytes,
      bytesMax: total.bytesMax + one.bytesMax,
      hits: total.hits + one.hits,
      misses: total.misses + one.misses,
      stored: total.stored + one.stored,
      evictions: total.evictions + one.evictions,
      tokensAvoided: total.tokensAvoided + one.tokensAvoided,
      timeAvoidedMs: total.timeAvoidedMs + one.timeAvoidedMs,
      bypasses: sumByReason(total.bypasses, one.bypasses),
    }),
    NOTHING,
  );
}

/** Merges the reports of several processes, with the `most` entries stored last. */
export function joinedReports(reports: readonly CacheReport[], most: number): CacheReport {
  const states = new Set(reports.map(({ shared }) => shared));
  return {
    ...sumOfCaches(reports),
    shared: states.has("away") ? "away" : states.has("up") ? "up" : "none",
    entries: reports
      .flatMap(({ entries }) => entries)
      .toSorted((a, b) => b.storedAtMs - a.storedAtMs)
      .slice(0, most),
  };
}

function sumByReason(one: CacheFigures["bypasses"], other: CacheFigures["bypasses"]): Record<string, number> {
  const sums: Record<string, number> = { ...one };
  for (const [reason, count] of Object.entries(other)) sums[reason] = (sums[reason] ?? 0) + count;
  return sums;
}
