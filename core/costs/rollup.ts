import type { RequestEvent } from "#core/activity/request-event.ts";

/**
 * Dimensions of the rollups. Absent values are the empty string (0 for the version), so that unknown is a separate
 * group.
 */
export interface RollupDims {
  endpoint: string;
  requestedModel: string;
  servedModel: string;
  decision: string;
  ruleId: string;
  ruleVersion: number;
  project: string;
  team: string;
  personId: string;
  proxyKeyId: string;
  billingMode: string;
}

export const rollupDimNames = [
  "endpoint",
  "requestedModel",
  "servedModel",
  "decision",
  "ruleId",
  "ruleVersion",
  "project",
  "team",
  "personId",
  "proxyKeyId",
  "billingMode",
] as const satisfies readonly (keyof RollupDims)[];

/** Measures that the rollups sum. */
export const summedMeasures = [
  "requests",
  "errors",
  "cancelled",
  "truncated",
  "overrides",
  "fallbacks",
  "skips",
  "cacheHits",
  "cacheMisses",
  "cacheBypasses",
  "unpriced",
  "estimated",
  "inputTokens",
  "cacheWrite5mTokens",
  "cacheWrite1hTokens",
  "cacheReadTokens",
  "outputTokens",
  "thinkingTokens",
  "webSearches",
  "inputNanoUsd",
  "cacheWrite5mNanoUsd",
  "cacheWrite1hNanoUsd",
  "cacheReadNanoUsd",
  "outputNanoUsd",
  "webSearchNanoUsd",
  "costNanoUsd",
  "baselineNanoUsd",
  "savedNanoUsd",
  "avoidedNanoUsd",
  "correctedNanoUsd",
  "durationMs",
  "ttfbMs",
  "ttfbCount",
] as const;

export type SummedMeasure = (typeof summedMeasures)[number];
/** Sums, and the latest end of a request (`lastAtMs`), which is a maximum. */
export type RollupMeasures = Record<SummedMeasure, bigint> & { lastAtMs: bigint };

export const QUARTER_S = 900;

/** Start of the UTC quarter-hour in which the request started, epoch seconds. */
export const toQuarterStart = (startedAtMs: number): number => Math.floor(startedAtMs / 1000 / QUARTER_S) * QUARTER_S;

/**
 * The dimensions that an event is summed by. A missing text is empty, a missing version 0, since keys of the table
 * are never null.
 */
export function rollupDims(event: RequestEvent): RollupDims {
  return {
    endpoint: event.endpoint,
    requestedModel: event.requestedModel ?? "",
    servedModel: event.servedModel ?? "",
    decision: event.decision,
    ruleId: event.ruleId ?? "",
    ruleVersion: event.ruleVersion ?? 0,
    project: event.project,
    team: event.team ?? "",
    personId: event.personId ?? "",
    proxyKeyId: event.proxyKeyId ?? "",
    billingMode: event.billingMode,
  };
}

/**
 * Contribution of one event to each sum. `unpriced` counts work without a known cost; its money is in no sum, not
 * even as zero. Money is decimal text, because it may pass 2^53.
 */
export const eventMeasures: Readonly<Record<SummedMeasure, (event: RequestEvent) => number | boolean | string | null>> =
  {
    requests: () => 1,
    errors: isError,
    cancelled: (event) => event.ended === "cancelled",
    truncated: (event) => event.ended === "truncated",
    overrides: (event) => event.decision === "override",
    fallbacks: (event) => event.decision === "fallback",
    skips: (event) => event.decision === "skipped",
    cacheHits: (event) => event.cache === "hit",
    cacheMisses: (event) => event.cache === "miss",
    cacheBypasses: (event) => event.cache === "bypass",
    unpriced: isUnpriced,
    estimated: (event) => event.usageState === "estimated",
    inputTokens: (event) => event.usage.inputTokens,
    cacheWrite5mTokens: (event) => event.usage.cacheWrite5mTokens,
    cacheWrite1hTokens: (event) => event.usage.cacheWrite1hTokens,
    cacheReadTokens: (event) => event.usage.cacheReadTokens,
    outputTokens: (event) => event.usage.outputTokens,
    thinkingTokens: (event) => event.usage.thinkingTokens,
    webSearches: (event) => event.usage.webSearches,
    inputNanoUsd: (event) => event.costs?.inputNanoUsd ?? null,
    cacheWrite5mNanoUsd: (event) => event.costs?.cacheWrite5mNanoUsd ?? null,
    cacheWrite1hNanoUsd: (event) => event.costs?.cacheWrite1hNanoUsd ?? null,
    cacheReadNanoUsd: (event) => event.costs?.cacheReadNanoUsd ?? null,
    outputNanoUsd: (event) => event.costs?.outputNanoUsd ?? null,
    webSearchNanoUsd: (event) => event.costs?.webSearchNanoUsd ?? null,
    costNanoUsd: (event) => event.costNanoUsd,
    // A saving needs two known sides: the baseline of an unpriced request would overstate the full price.
    baselineNanoUsd: (event) => (event.savedNanoUsd === null ? null : event.baselineNanoUsd),
    savedNanoUsd: (event) => event.savedNanoUsd,
    avoidedNanoUsd: (event) => event.avoidedNanoUsd,
    // An event keeps what it was booked with: only corrections add to it.
    correctedNanoUsd: () => null,
    durationMs: (event) => event.durationMs,
    ttfbMs: (event) => event.ttfbMs,
    ttfbCount: (event) => event.ttfbMs !== null,
  };

/** Converts one event to rollup measures. */
export function rollupMeasures(event: RequestEvent): RollupMeasures {
  const sums = emptyMeasures();
  for (const name of summedMeasures) sums[name] = BigInt(eventMeasures[name](event) ?? 0);
  sums.lastAtMs = BigInt(event.endedAtMs);
  return sums;
}

/** `sum += part`, in place: a batch of a thousand events adds to a handful of sums. */
export function addMeasures(sum: RollupMeasures, part: RollupMeasures): void {
  for (const name of summedMeasures) sum[name] += part[name];
  if (part.lastAtMs > sum.lastAtMs) sum.lastAtMs = part.lastAtMs;
}

export function emptyMeasures(): RollupMeasures {
  const sums = Object.fromEntries(summedMeasures.map((name) => [name, 0n])) as Record<SummedMeasure, bigint>;
  return { ...sums, lastAtMs: 0n };
}

/**
 * Whether an event counts as an error. A truncated response does only where an error was seen; otherwise it is
 * truncated alone.
 */
function isError(event: RequestEvent): boolean {
  if (event.ended === "error") return true;
  return event.ended === "truncated" && (event.status >= 400 || event.errorType !== null);
}

/**
 * Whether the cost of an event is unknown. A refused request used nothing and costs nothing; one whose process died, or
 * of which the provider did not say what it used, may have cost something that was never seen.
 */
function isUnpriced(event: RequestEvent): boolean {
  return event.costNanoUsd === null && (event.usageState !== "none" || event.ended === "interrupted");
}
