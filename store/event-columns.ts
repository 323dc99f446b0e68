import type { RequestEvent } from "#core/activity/request-event.ts";
import type { SqlRow, SqlValue } from "./sql.ts";

type ColumnKind = "text" | "integer" | "money";

interface EventColumn {
  column: string;
  kind: ColumnKind;
  isNullable: boolean;
  of: (event: RequestEvent) => SqlValue;
}

const text = (column: string, of: EventColumn["of"]): EventColumn => ({ column, kind: "text", isNullable: false, of });
const integer = (column: string, of: EventColumn["of"]): EventColumn => ({
  column,
  kind: "integer",
  isNullable: false,
  of,
});
/** Decimal text of nano-dollars: may pass 2^53, so it never becomes a number. */
const money = (column: string, of: EventColumn["of"]): EventColumn => ({
  column,
  kind: "money",
  isNullable: false,
  of,
});
const nullable = (column: EventColumn): EventColumn => ({ ...column, isNullable: true });

/** The table `request_event`, column by column. */
export const eventColumns: readonly EventColumn[] = [
  text("id", (event) => event.id),
  text("instance_id", (event) => event.instanceId),
  nullable(text("upstream_request_id", (event) => event.upstreamRequestId)),
  integer("started_at_ms", (event) => event.startedAtMs),
  integer("ended_at_ms", (event) => event.endedAtMs),
  integer("duration_ms", (event) => event.durationMs),
  nullable(integer("ttfb_ms", (event) => event.ttfbMs)),
  text("endpoint", (event) => event.endpoint),
  integer("streamed", (event) => (event.streamed ? 1 : 0)),
  integer("status", (event) => event.status),
  text("ended", (event) => event.ended),
  nullable(text("error_type", (event) => event.errorType)),
  nullable(text("stop_reason", (event) => event.stopReason)),
  nullable(text("requested_model", (event) => event.requestedModel)),
  nullable(text("served_model", (event) => event.servedModel)),
  nullable(text("answered_model", (event) => event.answeredModel)),
  text("decision", (event) => event.decision),
  text("reason", (event) => event.reason),
  nullable(text("rule_id", (event) => event.ruleId)),
  nullable(integer("rule_version", (event) => event.ruleVersion)),
  // Records that were spooled before there was such a field have none.
  nullable(text("edits", (event) => event.edits ?? null)),
  text("project", (event) => event.project),
  nullable(text("team", (event) => event.team)),
  nullable(text("person_id", (event) => event.personId)),
  nullable(text("proxy_key_id", (event) => event.proxyKeyId)),
  nullable(text("session_id", (event) => event.sessionId)),
  nullable(text("agent_id", (event) => event.agentId)),
  nullable(text("parent_agent_id", (event) => event.parentAgentId)),
  nullable(text("client_name", (event) => event.clientName)),
  nullable(text("client_version", (event) => event.clientVersion)),
  text("billing_mode", (event) => event.billingMode),
  integer("input_tokens", (event) => event.usage.inputTokens),
  integer("cache_write_5m_tokens", (event) => event.usage.cacheWrite5mTokens),
  integer("cache_write_1h_tokens", (event) => event.usage.cacheWrite1hTokens),
  integer("cache_read_tokens", (event) => event.usage.cacheReadTokens),
  integer("output_tokens", (event) => event.usage.outputTokens),
  integer("thinking_tokens", (event) => event.usage.thinkingTokens),
  integer("web_searches", (event) => event.usage.webSearches),
  text("usage_state", (event) => event.usageState),
  nullable(text("usage_parts", (event) => event.usageParts ?? null)),
  nullable(text("service_tier", (event) => event.serviceTier)),
  nullable(text("speed", (event) => event.speed)),
  nullable(text("inference_geo", (event) => event.inferenceGeo)),
  nullable(text("price_version", (event) => event.priceVersion)),
  nullable(money("input_nano_usd", (event) => event.costs?.inputNanoUsd ?? null)),
  nullable(money("cache_write_5m_nano_usd", (event) => event.costs?.cacheWrite5mNanoUsd ?? null)),
  nullable(money("cache_write_1h_nano_usd", (event) => event.costs?.cacheWrite1hNanoUsd ?? null)),
  nullable(money("cache_read_nano_usd", (event) => event.costs?.cacheReadNanoUsd ?? null)),
  nullable(money("output_nano_usd", (event) => event.costs?.outputNanoUsd ?? null)),
  nullable(money("web_search_nano_usd", (event) => event.costs?.webSearchNanoUsd ?? null)),
  nullable(money("cost_nano_usd", (event) => event.costNanoUsd)),
  nullable(money("baseline_nano_usd", (event) => event.baselineNanoUsd)),
  nullable(money("saved_nano_usd", (event) => event.savedNanoUsd)),
  money("avoided_nano_usd", (event) => event.avoidedNanoUsd),
  integer("tokenizer_ratio_milli", (event) => event.tokenizerRatioMilli),
  text("cache", (event) => event.cache),
  nullable(text("cache_reason", (event) => event.cacheReason)),
  integer("request_bytes", (event) => event.requestBytes),
  integer("response_bytes", (event) => event.responseBytes),
];

const textOrNull = (value: SqlRow[string] | undefined): string | null => (value == null ? null : `${value}`);
const numberOrNull = (value: SqlRow[string] | undefined): number | null => (value == null ? null : Number(value));
const asText = (value: SqlRow[string] | undefined): string => textOrNull(value) ?? "";
const asNumber = (value: SqlRow[string] | undefined): number => numberOrNull(value) ?? 0;

/** The event a row was made from. The closed sets of words were checked when the event was written. */
export function eventOfRow(row: SqlRow): RequestEvent {
  return {
    id: asText(row.id),
    instanceId: asText(row.instance_id),
    upstreamRequestId: textOrNull(row.upstream_request_id),
    startedAtMs: asNumber(row.started_at_ms),
    endedAtMs: asNumber(row.ended_at_ms),
    durationMs: asNumber(row.duration_ms),
    ttfbMs: numberOrNull(row.ttfb_ms),
    endpoint: asText(row.endpoint) as RequestEvent["endpoint"],
    streamed: asNumber(row.streamed) === 1,
    status: asNumber(row.status),
    ended: asText(row.ended) as RequestEvent["ended"],
    errorType: textOrNull(row.error_type),
    stopReason: textOrNull(row.stop_reason),
    requestedModel: textOrNull(row.requested_model),
    servedModel: textOrNull(row.served_model),
    answeredModel: textOrNull(row.answered_model),
    decision: asText(row.decision) as RequestEvent["decision"],
    reason: asText(row.reason),
    ruleId: textOrNull(row.rule_id),
    ruleVersion: numberOrNull(row.rule_version),
    edits: textOrNull(row.edits),
    project: asText(row.project),
    team: textOrNull(row.team),
    personId: textOrNull(row.person_id),
    proxyKeyId: textOrNull(row.proxy_key_id),
    sessionId: textOrNull(row.session_id),
    agentId: textOrNull(row.agent_id),
    parentAgentId: textOrNull(row.parent_agent_id),
    clientName: textOrNull(row.client_name),
    clientVersion: textOrNull(row.client_version),
    billingMode: asText(row.billing_mode) as RequestEvent["billingMode"],
    usage: {
      inputTokens: asNumber(row.input_tokens),
      cacheWrite5mTokens: asNumber(row.cache_write_5m_tokens),
      cacheWrite1hTokens: asNumber(row.cache_write_1h_tokens),
      cacheReadTokens: asNumber(row.cache_read_tokens),
      outputTokens: asNumber(row.output_tokens),
      thinkingTokens: asNumber(row.thinking_tokens),
      webSearches: asNumber(row.web_searches),
    },
    usageState: asText(row.usage_state) as RequestEvent["usageState"],
    usageParts: textOrNull(row.usage_parts),
    serviceTier: textOrNull(row.service_tier),
    speed: textOrNull(row.speed),
    inferenceGeo: textOrNull(row.inference_geo),
    priceVersion: textOrNull(row.price_version),
    costs: costsOfRow(row),
    costNanoUsd: textOrNull(row.cost_nano_usd),
    baselineNanoUsd: textOrNull(row.baseline_nano_usd),
    savedNanoUsd: textOrNull(row.saved_nano_usd),
    avoidedNanoUsd: asText(row.avoided_nano_usd),
    tokenizerRatioMilli: asNumber(row.tokenizer_ratio_milli),
    cache: asText(row.cache) as RequestEvent["cache"],
    cacheReason: textOrNull(row.cache_reason),
    requestBytes: asNumber(row.request_bytes),
    responseBytes: asNumber(row.response_bytes),
  };
}

function costsOfRow(row: SqlRow): RequestEvent["costs"] {
  if (row.input_nano_usd == null) return null;
  return {
    inputNanoUsd: asText(row.input_nano_usd),
    cacheWrite5mNanoUsd: asText(row.cache_write_5m_nano_usd),
    cacheWrite1hNanoUsd: asText(row.cache_write_1h_nano_usd),
    cacheReadNanoUsd: asText(row.cache_read_nano_usd),
    outputNanoUsd: asText(row.output_nano_usd),
    webSearchNanoUsd: asText(row.web_search_nano_usd),
  };
}
