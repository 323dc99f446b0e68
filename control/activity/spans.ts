import { QUARTER_S } from "#core/costs/rollup.ts";
import { addDays, dayStartMs } from "#core/time/instant.ts";
import type { EventFilter } from "#store/event-filter.ts";
import { sumRollupDays, sumRollupQuarters } from "#store/rollups.ts";
import type { ControlDeps } from "../deps.ts";
import type { ActivityScope } from "./scope.ts";
import { counted, rollupFilters, toDays } from "./series.ts";

/** Half-open. */
interface Span {
  fromMs: number;
  toMs: number;
}

/** Matches from which on a day is read whole: asking for its quarter-hours would save nothing. */
const manyADay = 500;

/**
 * The spans of time that hold what the filter asks for, newest first, as the rollups know them. A rare outcome among
 * millions of requests is found by looking where it happened, not by reading everything since.
 */
export async function* matchingSpans(
  scope: ActivityScope,
  untilMs: number,
  deps: ControlDeps,
): AsyncGenerator<Span, void, undefined> {
  for (const { span, matches } of await matchingDays(scope, deps)) {
    if (span.fromMs > untilMs) continue;
    if (matches >= manyADay) yield span;
    else for (const part of await findQuarters(scope.filter, span, deps)) if (part.fromMs <= untilMs) yield part;
  }
}

/** Days with at least one match, newest first. */
async function matchingDays(
  { range, filter }: ActivityScope,
  deps: ControlDeps,
): Promise<{ span: Span; matches: number }[]> {
  const days = { ...toDays(range), filters: rollupFilters(filter) };
  const rows = counted(await sumRollupDays(deps.reports, days, ["day", "decision"]), filter.outcome);
  const matches = new Map<string, number>();
  for (const row of rows) matches.set(row.day, (matches.get(row.day) ?? 0) + Number(row.requests));
  return [...matches]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([day, count]) => ({
      span: { fromMs: dayStartMs(day, range.zone), toMs: dayStartMs(addDays(day, 1), range.zone) },
      matches: count,
    }));
}

/** Quarter-hours with matches, newest first; those that touch are one span. */
async function findQuarters(filter: EventFilter, day: Span, deps: ControlDeps): Promise<Span[]> {
  const found = await sumRollupQuarters(deps.reports, { ...day, filters: rollupFilters(filter) }, [
    "bucketS",
    "decision",
  ]);
  const starts = new Set(counted(found, filter.outcome).map((row) => row.bucketS));
  const spans: Span[] = [];
  for (const start of [...starts].sort((a, b) => b - a)) {
    const last = spans.at(-1);
    const end = (start + QUARTER_S) * 1000;
    if (last?.fromMs === end) last.fromMs = start * 1000;
    else spans.push({ fromMs: start * 1000, toMs: end });
  }
  return spans;
}

/** Whether rollups can say where to look, and an index of the events cannot. */
export const isFoundByRollups = ({ filter, isOwn }: ActivityScope): boolean => {
  const { personId, sessionId, agentId, ruleId, project, team, requestedModel, servedModel, proxyKeyId } = filter;
  const isIndexed = isOwn || [personId, sessionId, agentId, ruleId].some((value) => value !== undefined);
  const isNarrow = [project, team, requestedModel, servedModel, proxyKeyId, filter.outcome].some(
    (value) => value !== undefined,
  );
  return isNarrow && !isIndexed;
};
