import { type EventFilter, eventConditions, Placeholders, readFilterIds } from "./event-filter.ts";
import { withWords } from "./event-words.ts";
import { bigintOrNull, queryRows, type SqlSource, textOrNull, toBigInt, toNumber, toText } from "./raw.ts";
import type { SqlRow } from "./sql.ts";

/** What only the single requests of a span say of its metered traffic. */
export interface EventFacts {
  sessions: number;
  /** Requests that a person's own words led to. */
  asks: number;
  costNanoUsd: bigint;
  versions: { version: string; requests: number; tokens: number }[];
  /** Prompt tokens written, by cause; empty where it is not known. */
  written: { cause: string; tokens: number }[];
  /** The session that cost most. */
  top: { id: string; requests: number; asks: number; costNanoUsd: bigint } | null;
}

const TOKENS = "input_tokens + cache_write_5m_tokens + cache_write_1h_tokens + cache_read_tokens + output_tokens";
const WRITTEN = "cache_write_5m_tokens + cache_write_1h_tokens";
const ASKS = "SUM(CASE WHEN human_turn = 1 THEN 1 ELSE 0 END) AS asks";

/** Reads them, in four passes over the requests of the span. */
export async function readEventFacts(source: SqlSource, filter: EventFilter): Promise<EventFacts> {
  const where = await meteredConditions(source, filter);
  const select = (what: string, rest = "") =>
    queryRows(source, `SELECT ${what} FROM event_row WHERE ${where.sql} ${rest}`, where.values);
  const [[sums], versions, written, [top]] = await Promise.all([
    select(`COUNT(DISTINCT session_id) AS sessions, ${ASKS}, SUM(cost_nano_usd) AS cost`),
    select(`client_version, COUNT(*) AS requests, SUM(${TOKENS}) AS tokens`, "GROUP BY client_version"),
    select(`cache_cause, SUM(${WRITTEN}) AS tokens`, "GROUP BY cache_cause"),
    select(
      `session_id, COUNT(*) AS requests, ${ASKS}, SUM(cost_nano_usd) AS cost`,
      "AND session_id IS NOT NULL GROUP BY session_id ORDER BY SUM(COALESCE(cost_nano_usd, 0)) DESC, session_id LIMIT 1",
    ),
  ]);
  await withWords(source, versions, ["client_version"]);
  await withWords(source, written, ["cache_cause"]);
  if (top !== undefined) await withWords(source, [top], ["session_id"]);
  return {
    sessions: toNumber(sums?.sessions),
    asks: toNumber(sums?.asks),
    costNanoUsd: toBigInt(sums?.cost),
    versions: versions.map((row) => ({
      version: textOrNull(row.client_version) ?? "",
      requests: toNumber(row.requests),
      tokens: toNumber(row.tokens),
    })),
    written: written
      .map((row) => ({ cause: textOrNull(row.cache_cause) ?? "", tokens: toNumber(row.tokens) }))
      .filter(({ cause, tokens }) => cause !== "" && tokens > 0),
    top:
      top === undefined
        ? null
        : {
            id: toText(top.session_id),
            requests: toNumber(top.requests),
            asks: toNumber(top.asks),
            costNanoUsd: bigintOrNull(top.cost) ?? 0n,
          },
  };
}

/** Sums of the metered requests of a filter by the models asked for and served, with the columns of `event_row`. */
export async function sumEventsByModel(source: SqlSource, filter: EventFilter): Promise<SqlRow[]> {
  const where = await meteredConditions(source, filter);
  const hit = (await readFilterIds(source, {}, ["hit"]))("hit");
  const sums = [
    "input_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "output_tokens",
    "web_searches",
    "input_nano_usd",
    "cache_write_5m_nano_usd",
    "cache_write_1h_nano_usd",
    "cache_read_nano_usd",
    "output_nano_usd",
    "web_search_nano_usd",
    "cost_nano_usd",
  ].map((column) => `SUM(${column}) AS ${column}`);
  const rows = await queryRows(
    source,
    `SELECT requested_model, served_model, COUNT(*) AS requests, SUM(CASE WHEN cache = ${hit} THEN 1 ELSE 0 END) AS hits, ${sums.join(", ")}
     FROM event_row WHERE ${where.sql} GROUP BY requested_model, served_model`,
    where.values,
  );
  return withWords(source, rows, ["requested_model", "served_model"]);
}

async function meteredConditions(source: SqlSource, filter: EventFilter) {
  const findId = await readFilterIds(source, filter, ["subscription"]);
  const places = new Placeholders();
  const conditions = eventConditions(filter, { table: "event_row", findId }, places);
  return { sql: `${conditions} AND billing_mode <> ${places.of(findId("subscription"))}`, values: places.values };
}
