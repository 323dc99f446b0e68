import type { Prisma } from "./generated/sqlite/client.ts";

type Tx = Prisma.TransactionClient;

/** What totals can be cut by. */
export type CostDimension =
  | "day"
  | "requestedModel"
  | "servedModel"
  | "decision"
  | "ruleId"
  | "ruleVersion"
  | "project"
  | "team"
  | "personId";

/** Keeps only rows whose dimension is one of the listed values; an absent list keeps all. */
export interface CostFilter {
  project?: readonly string[];
  team?: readonly string[];
  model?: readonly string[];
  person?: readonly string[];
}

/** The columns of a rollup that are added up. */
const summed = {
  requests: true,
  errors: true,
  overrides: true,
  fallbacks: true,
  skips: true,
  cacheHits: true,
  cacheMisses: true,
  unpriced: true,
  estimated: true,
  inputTokens: true,
  cacheWrite5mTokens: true,
  cacheWrite1hTokens: true,
  cacheReadTokens: true,
  outputTokens: true,
  webSearches: true,
  costNanoUsd: true,
  savedNanoUsd: true,
  avoidedNanoUsd: true,
} as const;

export type CostSums = { [name in keyof typeof summed]: bigint };

/** `billingMode` is always there: subscription traffic has a plan value and is never a cost. */
export type CostRow = CostSums & { billingMode: string } & Partial<
    Record<Exclude<CostDimension, "ruleVersion">, string>
  > & { ruleVersion?: number };

/** Model requests only: listing models or counting tokens is neither an override opportunity nor a cost. */
const countedEndpoints = ["messages", "batches"];

/** Exact sums of whole days of the reporting zone (`from` inclusive, `to` exclusive), one row per combination of `by`. */
export async function sumDays(
  tx: Tx,
  days: { from: string; to: string },
  filter: CostFilter,
  by: readonly CostDimension[],
): Promise<CostRow[]> {
  const where = { ...whereOf(filter), day: { gte: days.from, lt: days.to } };
  const rows = await tx.rollupDay.groupBy({ by: ["billingMode", ...by], where, _sum: summed });
  return rows.map(({ _sum, ...dimensions }) => ({ ...dimensions, ...sumsOf(_sum) }));
}

/** The same sums by UTC quarter-hour and served model, for ranges too short for days. */
export async function sumQuarters(
  tx: Tx,
  span: { fromMs: number; toMs: number },
  filter: CostFilter,
): Promise<(CostRow & { bucketS: bigint; servedModel: string })[]> {
  const bucketS = { gte: BigInt(Math.floor(span.fromMs / 1000)), lt: BigInt(Math.floor(span.toMs / 1000)) };
  const where = { ...whereOf(filter), bucketS };
  const rows = await tx.rollupQuarter.groupBy({ by: ["billingMode", "bucketS", "servedModel"], where, _sum: summed });
  return rows.map(({ _sum, ...dimensions }) => ({ ...dimensions, ...sumsOf(_sum) }));
}

/** The values a dimension takes in a span of days, most expensive first: what a filter can offer. */
export async function valuesOf(
  tx: Tx,
  days: { from: string; to: string },
  by: "project" | "team" | "servedModel" | "personId",
): Promise<string[]> {
  const rows = await tx.rollupDay.groupBy({
    by: [by],
    where: { day: { gte: days.from, lt: days.to }, endpoint: { in: countedEndpoints } },
    _sum: { costNanoUsd: true },
    orderBy: { _sum: { costNanoUsd: "desc" } },
    take: 200,
  });
  return rows.map((row) => row[by]).filter((value) => value !== "");
}

/** Whether any request was ever recorded: tells "no data yet" from "nothing in this range". */
export async function hasAnyTraffic(tx: Tx): Promise<boolean> {
  return (await tx.rollupDay.findFirst({ select: { day: true } })) !== null;
}

function whereOf(filter: CostFilter) {
  return {
    endpoint: { in: countedEndpoints },
    ...(filter.project?.length ? { project: { in: [...filter.project] } } : {}),
    ...(filter.team?.length ? { team: { in: [...filter.team] } } : {}),
    ...(filter.model?.length ? { servedModel: { in: [...filter.model] } } : {}),
    ...(filter.person?.length ? { personId: { in: [...filter.person] } } : {}),
  };
}

function sumsOf(sums: { [name in keyof CostSums]: bigint | null }): CostSums {
  return {
    requests: sums.requests ?? 0n,
    errors: sums.errors ?? 0n,
    overrides: sums.overrides ?? 0n,
    fallbacks: sums.fallbacks ?? 0n,
    skips: sums.skips ?? 0n,
    cacheHits: sums.cacheHits ?? 0n,
    cacheMisses: sums.cacheMisses ?? 0n,
    unpriced: sums.unpriced ?? 0n,
    estimated: sums.estimated ?? 0n,
    inputTokens: sums.inputTokens ?? 0n,
    cacheWrite5mTokens: sums.cacheWrite5mTokens ?? 0n,
    cacheWrite1hTokens: sums.cacheWrite1hTokens ?? 0n,
    cacheReadTokens: sums.cacheReadTokens ?? 0n,
    outputTokens: sums.outputTokens ?? 0n,
    webSearches: sums.webSearches ?? 0n,
    costNanoUsd: sums.costNanoUsd ?? 0n,
    savedNanoUsd: sums.savedNanoUsd ?? 0n,
    avoidedNanoUsd: sums.avoidedNanoUsd ?? 0n,
  };
}
