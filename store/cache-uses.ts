import type { RequestEvent } from "#core/activity/request-event.ts";
import { QUARTER_S, toQuarterStart } from "#core/costs/rollup.ts";
import { promptTokens } from "#core/costs/usage.ts";
import type { RowsInsert } from "./alike-rows.ts";
import { insertRows } from "./insert-rows.ts";
import { queryRows, type SqlSource, toNumber, toText } from "./raw.ts";
import type { SqlConnection, SqlValue } from "./sql.ts";

/** Reason of responses from the cache: empty. A bypassed request has its recorded reason. */
const HIT = "";

type CacheTable = "rollup_cache" | "rollup_cache_opening";

const upsertInto = (table: CacheTable): RowsInsert => ({
  table,
  columns: ["bucket_s", "reason", "requests", "tokens"],
  onConflict: `ON CONFLICT ("bucket_s", "reason") DO UPDATE SET
    "requests" = "${table}"."requests" + excluded."requests", "tokens" = "${table}"."tokens" + excluded."tokens"`,
});

const upserts: Readonly<Record<CacheTable, RowsInsert>> = {
  rollup_cache: upsertInto("rollup_cache"),
  rollup_cache_opening: upsertInto("rollup_cache_opening"),
};

/** Adds the cache's counters of these events, by quarter-hour. Inside the transaction that inserted or deleted them. */
export async function addCacheUses(
  connection: SqlConnection,
  events: readonly RequestEvent[],
  table: CacheTable = "rollup_cache",
): Promise<void> {
  const sums = new Map<string, { bucket: number; reason: string; requests: number; tokens: number }>();
  for (const { cache, cacheReason, startedAtMs, usage } of events) {
    if (cache !== "hit" && cache !== "bypass") continue;
    const bucket = toQuarterStart(startedAtMs);
    const reason = cache === "hit" ? HIT : cacheReason || "unknown";
    const key = `${bucket} ${reason}`;
    const sum = sums.get(key) ?? { bucket, reason, requests: 0, tokens: 0 };
    sums.set(key, sum);
    sum.requests += 1;
    if (cache === "hit") sum.tokens += promptTokens(usage) + usage.outputTokens;
  }
  if (sums.size === 0) return;
  // In the order of their keys, like the other rollups, so that two instances cannot deadlock.
  const rows = [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, sum]) => sum);
  await insertRows(
    connection,
    upserts[table],
    rows.map(({ bucket, reason, requests, tokens }): SqlValue[] => [bucket, reason, requests, tokens]),
  );
}

interface CacheUses {
  /** Tokens of the responses that came from the cache. */
  tokensAvoided: number;
  /** Bypasses by reason, most frequent first. */
  bypasses: { reason: string; count: number }[];
}

/** Reads the counters of the response cache in a range; both ends are rounded down to a quarter-hour. */
export async function readCacheUses(source: SqlSource, range: { fromMs: number; toMs: number }): Promise<CacheUses> {
  const [from, to] = [range.fromMs, range.toMs].map((ms) => Math.floor(ms / 1000 / QUARTER_S) * QUARTER_S) as [
    number,
    number,
  ];
  const rows = await queryRows(
    source,
    `SELECT reason, SUM(requests) AS requests, SUM(tokens) AS tokens FROM rollup_cache
     WHERE bucket_s >= $1 AND bucket_s < $2 GROUP BY reason`,
    [from, to],
  );
  const uses = rows.map((row) => ({
    reason: toText(row.reason),
    count: toNumber(row.requests),
    tokens: toNumber(row.tokens),
  }));
  return {
    tokensAvoided: uses.find(({ reason }) => reason === HIT)?.tokens ?? 0,
    bypasses: uses
      .filter(({ reason }) => reason !== HIT)
      .map(({ reason, count }) => ({ reason, count }))
      .sort((a, b) => b.count - a.count),
  };
}
