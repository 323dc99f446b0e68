import type { Outcome } from "#core/activity/outcome.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { readWordIds, type WordIds } from "./event-words.ts";
import type { SqlSource } from "./raw.ts";
import type { SqlValue } from "./sql.ts";

/** Keeps events that have the value, or one of the values; what is absent keeps all. Instants are half-open. */
export interface EventFilter {
  fromMs?: number;
  toMs?: number;
  endpoint?: OneOrMore;
  project?: OneOrMore;
  team?: OneOrMore;
  personId?: OneOrMore;
  proxyKeyId?: OneOrMore;
  sessionId?: OneOrMore;
  agentId?: OneOrMore;
  ruleId?: OneOrMore;
  requestedModel?: OneOrMore;
  servedModel?: OneOrMore;
  decision?: OneOrMore;
  ended?: OneOrMore;
  outcome?: readonly Outcome[];
}

type OneOrMore = string | readonly string[];

const columns = {
  endpoint: "endpoint",
  project: "project",
  team: "team",
  personId: "person_id",
  proxyKeyId: "proxy_key_id",
  sessionId: "session_id",
  agentId: "agent_id",
  ruleId: "rule_id",
  requestedModel: "requested_model",
  servedModel: "served_model",
  decision: "decision",
  ended: "ended",
} as const satisfies Partial<Record<keyof EventFilter, string>>;

/** Words that the SQL of outcomes names. */
export const OUTCOME_WORDS = ["override", "skipped", "fallback", "hit", "error", "truncated"] as const;

/**
 * SQL conditions of the outcomes, with the meanings the rollups count by. A bar and the rows behind it are then of the
 * same requests.
 */
const outcomeConditions: Readonly<Record<Outcome, (table: string, findId: WordIds) => string>> = {
  overridden: (table, findId) => `${table}.decision = ${findId("override")}`,
  skipped: (table, findId) => `${table}.decision = ${findId("skipped")}`,
  fallback: (table, findId) => `${table}.decision = ${findId("fallback")}`,
  cached: (table, findId) => `${table}.cache = ${findId("hit")}`,
  failed: failedSql,
};

/** SQL for whether a row of `event_row` is a failure. */
export function failedSql(table: string, findId: WordIds): string {
  const ended = (word: string) => `${table}.ended = ${findId(word)}`;
  return `(${ended("error")} OR (${ended("truncated")} AND (${table}.status >= 400 OR ${table}.error_type IS NOT NULL)))`;
}

/** Reads the ids of the words that a filter names; `more`: of these, too. Asks nothing where there are none. */
export function readFilterIds(source: SqlSource, filter: EventFilter, more: readonly string[] = []): Promise<WordIds> {
  const named = (Object.keys(columns) as (keyof typeof columns)[]).flatMap((name) => filter[name] ?? []);
  return readWordIds(source, [...(filter.outcome === undefined ? [] : OUTCOME_WORDS), ...more, ...named]);
}

const outcomeTests: Readonly<Record<Outcome, (event: RequestEvent) => boolean>> = {
  overridden: ({ decision }) => decision === "override",
  skipped: ({ decision }) => decision === "skipped",
  fallback: ({ decision }) => decision === "fallback",
  cached: ({ cache }) => cache === "hit",
  failed: ({ ended, status, errorType }) =>
    ended === "error" || (ended === "truncated" && (status >= 400 || errorType !== null)),
};

/** Whether a filter keeps an event: the same answer as `eventConditions` of its row. */
export function matchesFilter(event: RequestEvent, filter: EventFilter): boolean {
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY, outcome } = filter;
  if (event.startedAtMs < fromMs || event.startedAtMs >= toMs) return false;
  if (outcome !== undefined && !outcome.some((name) => outcomeTests[name](event))) return false;
  return (Object.keys(columns) as (keyof typeof columns)[]).every((name) => {
    const wanted = filter[name];
    const value = event[name];
    return wanted === undefined || (value !== null && [wanted].flat().includes(value));
  });
}

/** Values of one statement, each with its placeholder. They are numbered in the order in which they are asked for. */
export class Placeholders {
  readonly values: SqlValue[] = [];

  of(value: SqlValue): string {
    return `$${this.values.push(value)}`;
  }
}

/**
 * Builds the SQL conditions of a filter on the rows of `table`, to be joined by AND. `table` is `event_row` by this
 * name. There is at least one condition.
 */
export function eventConditions(
  filter: EventFilter,
  { table, findId }: { table: string; findId: WordIds },
  places: Placeholders,
): string {
  const conditions: string[] = [];
  if (filter.fromMs !== undefined) conditions.push(`${table}.started_at_ms >= ${places.of(filter.fromMs)}`);
  if (filter.toMs !== undefined) conditions.push(`${table}.started_at_ms < ${places.of(filter.toMs)}`);
  for (const [name, column] of Object.entries(columns)) {
    const wanted = filter[name as keyof typeof columns];
    if (wanted === undefined) continue;
    const values = [wanted].flat();
    const list = values.map((value) => places.of(findId(value))).join(", ");
    if (values.length === 0) conditions.push("1 = 0");
    else conditions.push(values.length === 1 ? `${table}.${column} = ${list}` : `${table}.${column} IN (${list})`);
  }
  if (filter.outcome !== undefined) {
    const wanted = filter.outcome.map((outcome) => outcomeConditions[outcome](table, findId));
    conditions.push(wanted.length === 0 ? "1 = 0" : `(${wanted.join(" OR ")})`);
  }
  return conditions.length === 0 ? "1 = 1" : conditions.join(" AND ");
}
