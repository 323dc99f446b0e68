import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { rangeView } from "#core/costs/chart-series.ts";
import { isPlan, sumMoney } from "#core/costs/known-money.ts";
import {
  type ChangeLine,
  costOfTraffic,
  explainChange,
  type ModelTraffic,
  type PeriodTraffic,
} from "#core/costs/what-changed.ts";
import type { WhatChanged } from "#core/costs/what-changed-view.ts";
import { previousRange, type TimeRange } from "#core/time/range.ts";
import { type EventFacts, readEventFacts, sumEventsByModel } from "#store/changed-traffic.ts";
import type { EventFilter } from "#store/event-filter.ts";
import { countWithoutEvents } from "#store/opening-balance.ts";
import type { RollupGroup } from "#store/rollups.ts";
import type { SqlRow } from "#store/sql.ts";
import { toSpan } from "../corrections/span.ts";
import type { ControlDeps } from "../deps.ts";
import { countedEndpoints, dayRows } from "./rows.ts";
import { type CostScope, costScope } from "./scope.ts";

/** From when on a session is outlying: its part of the cost, times the average, among these sessions. */
const OUTLIER = { share: 20n, averages: 10n, sessions: 20 };

/**
 * Says why the cost of a range is another one than that of the range before. The lines add up to the difference of the two
 * amounts of the page Costs, to the nano-dollar.
 */
export async function readWhatChanged(actor: Actor, input: unknown, deps: ControlDeps): Promise<WhatChanged> {
  requirePermission(actor, "costs.read");
  const scope = await costScope(input, deps);
  const { range, filter } = scope;
  const previous = scope.previous ?? previousRange(range);
  const ranges = [range, previous];
  const [rows, archived] = await Promise.all([
    Promise.all(ranges.map((of) => dayRows({ range: of, filter }, ["requestedModel", "servedModel"], deps))),
    Promise.all(ranges.map((of) => countWithoutEvents(deps.db, toSpan(of)))),
  ]);
  const requests = rows.flat().reduce((sum, row) => sum + row.requests, 0n);
  const leftOut = archived.some((absent) => absent.length > 0) ? "archived" : requests > EVENTS_MAX ? "too many" : null;
  const [after, before] = await Promise.all(
    ranges.map((of, at) => readTraffic({ range: of, filter }, rows[at] ?? [], leftOut === null, deps)),
  );
  if (after === undefined || before === undefined) throw new Error("two periods are read");
  const [now, earlier] = [costOfTraffic(after.traffic), costOfTraffic(before.traffic)];
  return {
    range: rangeView(range),
    previous: rangeView(previous),
    costNanoUsd: now.toString(),
    previousCostNanoUsd: earlier.toString(),
    differenceNanoUsd: (now - earlier).toString(),
    unpriced: after.unpriced,
    previousUnpriced: before.unpriced,
    leftOut,
    lines: explainChange(before.traffic, after.traffic).map(toLineView),
  };
}

const toLineView = ({ nanoUsd, ...line }: ChangeLine) => ({ ...line, nanoUsd: nanoUsd.toString() });

/** Single requests that are read for one answer: a second or two. Of more, only sums are. */
const EVENTS_MAX = 400_000n;

type ModelRow = RollupGroup<"billingMode" | "decision" | "requestedModel" | "servedModel">;

async function readTraffic(
  { range, filter }: { range: TimeRange; filter: CostScope["filter"] },
  rows: readonly ModelRow[],
  hasEvents: boolean,
  deps: ControlDeps,
): Promise<{ traffic: PeriodTraffic; unpriced: number }> {
  const { fromS, toS } = toSpan(range);
  const events: EventFilter = {
    fromMs: fromS * 1000,
    toMs: toS * 1000,
    endpoint: countedEndpoints,
    ...(filter.project && { project: filter.project }),
    ...(filter.team && { team: filter.team }),
    ...(filter.model && { servedModel: filter.model }),
    ...(filter.person && { personId: filter.person }),
    ...(filter.key && { proxyKeyId: filter.key }),
  };
  const [people, facts] = await Promise.all([
    dayRows({ range, filter }, ["personId"], deps),
    hasEvents ? readEventFacts(deps.reports, events) : null,
  ]);
  const metered = rows.filter(({ billingMode }) => !isPlan(billingMode));
  const money = sumMoney(metered);
  const named = people.filter(
    ({ billingMode, personId, requests }) => !isPlan(billingMode) && personId !== "" && requests > 0n,
  );
  const traffic: PeriodTraffic = {
    people: new Set(named.map(({ personId }) => personId)).size,
    sessions: facts?.sessions ?? null,
    asks: facts?.asks ?? null,
    models: sumModels(metered),
    versions: facts?.versions ?? null,
    written: facts?.written ?? null,
    outlier: facts && (await findOutlier(facts, events, deps)),
    savedNanoUsd: money.saved,
    avoidedNanoUsd: money.avoided,
    correctedNanoUsd: metered.reduce((sum, row) => sum + row.correctedNanoUsd, 0n),
  };
  return { traffic, unpriced: Number(metered.reduce((sum, row) => sum + row.unpriced, 0n)) };
}

/** The most expensive session, where it is far from the others. */
async function findOutlier(
  facts: EventFacts,
  filter: EventFilter,
  deps: ControlDeps,
): Promise<PeriodTraffic["outlier"]> {
  const { top, sessions, costNanoUsd } = facts;
  if (top === null || sessions < OUTLIER.sessions) return null;
  const isFar =
    top.costNanoUsd * OUTLIER.share >= costNanoUsd &&
    top.costNanoUsd * BigInt(sessions) >= costNanoUsd * OUTLIER.averages &&
    top.costNanoUsd > 0n;
  if (!isFar) return null;
  const rows = await sumEventsByModel(deps.reports, { ...filter, sessionId: top.id });
  return { id: top.id, requests: top.requests, asks: top.asks, models: rows.map(toModelTraffic) };
}

/** One row for each pair of models, in the order of their names. */
function sumModels(rows: readonly ModelRow[]): ModelTraffic[] {
  const byPair = new Map<string, SqlRow>();
  for (const row of rows) {
    const key = `${row.requestedModel}\0${row.servedModel}`;
    const known = byPair.get(key);
    const part = toColumns(row);
    if (known === undefined) byPair.set(key, part);
    else
      for (const [name, value] of Object.entries(part))
        if (typeof value === "bigint") known[name] = BigInt(known[name] ?? 0) + value;
  }
  return [...byPair].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => toModelTraffic(row));
}

const toColumns = (row: ModelRow): SqlRow => ({
  requested_model: row.requestedModel,
  served_model: row.servedModel,
  requests: row.requests,
  hits: row.cacheHits,
  input_tokens: row.inputTokens,
  cache_write_5m_tokens: row.cacheWrite5mTokens,
  cache_write_1h_tokens: row.cacheWrite1hTokens,
  cache_read_tokens: row.cacheReadTokens,
  output_tokens: row.outputTokens,
  web_searches: row.webSearches,
  input_nano_usd: row.inputNanoUsd,
  cache_write_5m_nano_usd: row.cacheWrite5mNanoUsd,
  cache_write_1h_nano_usd: row.cacheWrite1hNanoUsd,
  cache_read_nano_usd: row.cacheReadNanoUsd,
  output_nano_usd: row.outputNanoUsd,
  web_search_nano_usd: row.webSearchNanoUsd,
  cost_nano_usd: row.costNanoUsd,
});

const kinds = [
  ["input", "input_tokens", "input_nano_usd"],
  ["cacheWrite5m", "cache_write_5m_tokens", "cache_write_5m_nano_usd"],
  ["cacheWrite1h", "cache_write_1h_tokens", "cache_write_1h_nano_usd"],
  ["cacheRead", "cache_read_tokens", "cache_read_nano_usd"],
  ["output", "output_tokens", "output_nano_usd"],
  ["webSearch", "web_searches", "web_search_nano_usd"],
] as const;

/** What no kind of token explains of the cost is by the request. */
function toModelTraffic(row: SqlRow): ModelTraffic {
  const amount = (column: string) => BigInt(row[column] ?? 0);
  const [requests, hits] = [Number(amount("requests")), Number(amount("hits"))];
  const explained = kinds.reduce((sum, [, , column]) => sum + amount(column), 0n);
  const units = Object.fromEntries(kinds.map(([name, column]) => [name, Number(amount(column))]));
  const nanoUsd = Object.fromEntries(kinds.map(([name, , column]) => [name, amount(column)]));
  return {
    requestedModel: String(row.requested_model ?? ""),
    servedModel: String(row.served_model ?? ""),
    requests,
    hits,
    units: { ...units, other: requests - hits } as ModelTraffic["units"],
    nanoUsd: { ...nanoUsd, other: amount("cost_nano_usd") - explained } as ModelTraffic["nanoUsd"],
  };
}
