import type { RequestEvent } from "#core/activity/request-event.ts";

/** What the rollups can be cut by. Absent values are the empty string (0 for the version): unknown is a group of its own. */
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

/** What the rollups add up. */
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
  "durationMs",
  "ttfbMs",
  "ttfbCount",
] as const;

export type SummedMeasure = (typeof summedMeasures)[number];
/** Sums, and the latest end of a request (`lastAtMs`), which is a maximum. */
export type RollupMeasures = Record<SummedMeasure, bigint> & { lastAtMs: bigint };

export const QUARTER_S = 900;

/** The UTC quarter-hour in which the request started, epoch seconds. */
export const quarterOf = (startedAtMs: number): number => Math.floor(startedAtMs / 1000 / QUARTER_S) * QUARTER_S;

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

/** One event as a rollup of one. `unpriced` counts work whose cost is not known; its money counts nowhere, not even as zero. */
export function rollupMeasures(event: RequestEvent): RollupMeasures {
  const { usage, costs } = event;
  // A saving is only a saving where both sides are known: the baseline of an unpriced request would overstate the full price.
  const isCompared = event.savedNanoUsd !== null;
  return {
    requests: 1n,
    errors: count(isError(event)),
    cancelled: count(event.ended === "cancelled"),
    truncated: count(event.ended === "truncated"),
    overrides: count(event.decision === "override"),
    fallbacks: count(event.decision === "fallback"),
    skips: count(event.decision === "skipped"),
    cacheHits: count(event.cache === "hit"),
    cacheMisses: count(event.cache === "miss"),
    cacheBypasses: count(event.cache === "bypass"),
    unpriced: count(isUnpriced(event)),
    estimated: count(event.usageState === "estimated"),
    inputTokens: BigInt(usage.inputTokens),
    cacheWrite5mTokens: BigInt(usage.cacheWrite5mTokens),
    cacheWrite1hTokens: BigInt(usage.cacheWrite1hTokens),
    cacheReadTokens: BigInt(usage.cacheReadTokens),
    outputTokens: BigInt(usage.outputTokens),
    thinkingTokens: BigInt(usage.thinkingTokens),
    webSearches: BigInt(usage.webSearches),
    inputNanoUsd: money(costs?.inputNanoUsd),
    cacheWrite5mNanoUsd: money(costs?.cacheWrite5mNanoUsd),
    cacheWrite1hNanoUsd: money(costs?.cacheWrite1hNanoUsd),
    cacheReadNanoUsd: money(costs?.cacheReadNanoUsd),
    outputNanoUsd: money(costs?.outputNanoUsd),
    webSearchNanoUsd: money(costs?.webSearchNanoUsd),
    costNanoUsd: money(event.costNanoUsd),
    baselineNanoUsd: isCompared ? money(event.baselineNanoUsd) : 0n,
    savedNanoUsd: money(event.savedNanoUsd),
    avoidedNanoUsd: money(event.avoidedNanoUsd),
    durationMs: BigInt(event.durationMs),
    ttfbMs: BigInt(event.ttfbMs ?? 0),
    ttfbCount: count(event.ttfbMs !== null),
    lastAtMs: BigInt(event.endedAtMs),
  };
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

/** A break-off counts as an error only where an error was seen; otherwise it is counted as truncated alone. */
function isError(event: RequestEvent): boolean {
  if (event.ended === "error") return true;
  return event.ended === "truncated" && (event.status >= 400 || event.errorType !== null);
}

/** A refused request used nothing and costs nothing; one whose process died may have cost something we never saw. */
function isUnpriced(event: RequestEvent): boolean {
  return event.costNanoUsd === null && (event.usageState !== "none" || event.ended === "interrupted");
}

const count = (claim: boolean): bigint => (claim ? 1n : 0n);
const money = (text: string | null | undefined): bigint => BigInt(text ?? 0);
