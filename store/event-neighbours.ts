import type { RequestEvent } from "#core/activity/request-event.ts";
import { Placeholders } from "./event-filter.ts";
import { readWordIds } from "./event-words.ts";
import { queryRows, type SqlSource, toNumber, toText } from "./raw.ts";

/**
 * Finds the first request like this one. It is of the same session and agent, asked for the same model, and was given
 * the same by the same version. Null: this is it.
 */
export async function firstAlike(
  source: SqlSource,
  { sessionId, agentId, requestedModel, servedModel, ruleVersion, startedAtMs, id }: RequestEvent,
): Promise<{ id: string; startedAtMs: number } | null> {
  if (sessionId === null || requestedModel === null) return null;
  const places = new Placeholders();
  const words = [sessionId, agentId, requestedModel, servedModel, "messages"].filter((word) => word !== null);
  const findId = await readWordIds(source, words);
  const equals = (column: string, value: string | number | null) =>
    value === null
      ? `${column} IS NULL`
      : `${column} = ${places.of(typeof value === "number" ? value : findId(value))}`;
  const conditions = [
    equals("session_id", sessionId),
    equals("agent_id", agentId),
    equals("requested_model", requestedModel),
    equals("served_model", servedModel),
    equals("rule_version", ruleVersion),
    equals("endpoint", "messages"),
    `started_at_ms < ${places.of(startedAtMs)}`,
    `id <> ${places.of(id)}`,
  ];
  const [row] = await queryRows(
    source,
    `SELECT id, started_at_ms FROM event_row WHERE ${conditions.join(" AND ")} ORDER BY started_at_ms LIMIT 1`,
    places.values,
  );
  return row ? { id: toText(row.id), startedAtMs: toNumber(row.started_at_ms) } : null;
}
