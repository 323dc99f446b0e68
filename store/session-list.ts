import type { SessionPart } from "#core/activity/session.ts";
import {
  type EventFilter,
  eventConditions,
  failedSql,
  OUTCOME_WORDS,
  Placeholders,
  readFilterIds,
} from "./event-filter.ts";
import { WORD_COLUMNS, withWords } from "./event-words.ts";
import type { EventKey } from "./events.ts";
import { queryRows, type SqlSource, textOrNull, toBigInt, toNumber, toText } from "./raw.ts";
import type { SqlRow } from "./sql.ts";

/** A session as described by its newest event. */
export interface SessionHead {
  id: string;
  /** Its newest event: the cursor of the next page. */
  last: EventKey;
  project: string;
  personId: string | null;
  proxyKeyId: string | null;
}

/**
 * Lists sessions by their newest event, newest first. Walks the events from the newest back and keeps one that no
 * later event of its session follows: a page reads as much as it shows, with any number of sessions. `within` bounds
 * where the newest events of the page are searched, and does not affect the events that follow them.
 */
export async function listSessions(
  source: SqlSource,
  filter: EventFilter,
  page: { after?: EventKey; take: number; within?: Pick<EventFilter, "fromMs" | "toMs"> },
): Promise<SessionHead[]> {
  const places = new Placeholders();
  const findId = await readFilterIds(source, filter);
  const conditions = [
    eventConditions({ ...filter, ...page.within }, { table: "event", findId }, places),
    "event.session_id IS NOT NULL",
  ];
  if (page.after) {
    const { startedAtMs, id } = page.after;
    conditions.push(`(event.started_at_ms, event.id) < (${places.of(startedAtMs)}, ${places.of(id)})`);
  }
  conditions.push(`NOT EXISTS (
    SELECT 1 FROM event_row later
    WHERE later.session_id = event.session_id AND later.started_at_ms >= event.started_at_ms
      AND (later.started_at_ms > event.started_at_ms OR later.id > event.id) AND ${eventConditions(filter, { table: "later", findId }, places)})`);
  const rows = await queryRows(
    source,
    `SELECT event.id, event.session_id, event.started_at_ms, event.project, event.person_id, event.proxy_key_id
     FROM event_row event WHERE ${conditions.join(" AND ")}
     ORDER BY event.started_at_ms DESC, event.id DESC LIMIT ${places.of(page.take)}`,
    places.values,
  );
  return (await withWords(source, rows, ["session_id", "project", "person_id", "proxy_key_id"])).map((row) => ({
    id: toText(row.session_id),
    last: { startedAtMs: toNumber(row.started_at_ms), id: toText(row.id) },
    project: toText(row.project),
    personId: textOrNull(row.person_id),
    proxyKeyId: textOrNull(row.proxy_key_id),
  }));
}

const partColumns = [
  "session_id",
  "agent_id",
  "parent_agent_id",
  "requested_model",
  "served_model",
  "decision",
  "reason",
  "rule_id",
  "rule_version",
  "billing_mode",
] as const;
const partList = partColumns.join(", ");

/** Sums these sessions by agent, model and decision. */
export async function sessionParts(
  source: SqlSource,
  filter: EventFilter,
  sessionIds: readonly string[],
): Promise<Map<string, SessionPart[]>> {
  const parts = new Map<string, SessionPart[]>(sessionIds.map((id) => [id, []]));
  if (sessionIds.length === 0) return parts;
  const places = new Placeholders();
  const wanted = { ...filter, sessionId: sessionIds };
  const findId = await readFilterIds(source, wanted, [...OUTCOME_WORDS, "none", "interrupted"]);
  const rows = await queryRows(
    source,
    `SELECT ${partList}, COUNT(*) AS requests, SUM(cost_nano_usd) AS cost, SUM(saved_nano_usd) AS saved,
       SUM(CASE WHEN saved_nano_usd IS NOT NULL THEN baseline_nano_usd END) AS baseline, SUM(avoided_nano_usd) AS avoided,
       SUM(CASE WHEN cache = ${findId("hit")} THEN 1 ELSE 0 END) AS hits,
       SUM(CASE WHEN ${failedSql("event_row", findId)} THEN 1 ELSE 0 END) AS failed,
       SUM(CASE WHEN cost_nano_usd IS NULL AND (usage_state <> ${findId("none")} OR ended = ${findId("interrupted")})
         THEN 1 ELSE 0 END) AS unpriced,
       MIN(started_at_ms) AS first_at, MAX(started_at_ms) AS last_at
     FROM event_row WHERE ${eventConditions(wanted, { table: "event_row", findId }, places)}
     GROUP BY ${partList}`,
    places.values,
  );
  await withWords(
    source,
    rows,
    partColumns.filter((column) => WORD_COLUMNS.has(column)),
  );
  for (const row of rows) parts.get(toText(row.session_id))?.push(toPart(row));
  return parts;
}

const toPart = (row: SqlRow): SessionPart => ({
  agentId: textOrNull(row.agent_id),
  parentAgentId: textOrNull(row.parent_agent_id),
  requestedModel: textOrNull(row.requested_model),
  servedModel: textOrNull(row.served_model),
  decision: toText(row.decision) as SessionPart["decision"],
  reason: toText(row.reason),
  ruleId: textOrNull(row.rule_id),
  ruleVersion: row.rule_version == null ? null : toNumber(row.rule_version),
  billingMode: toText(row.billing_mode),
  requests: toNumber(row.requests),
  failed: toNumber(row.failed),
  unpriced: toBigInt(row.unpriced),
  costNanoUsd: toBigInt(row.cost),
  savedNanoUsd: toBigInt(row.saved),
  baselineNanoUsd: toBigInt(row.baseline),
  avoidedNanoUsd: toBigInt(row.avoided),
  cacheHits: toBigInt(row.hits),
  firstAtMs: toNumber(row.first_at),
  lastAtMs: toNumber(row.last_at),
});
