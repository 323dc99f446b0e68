// Long because it is one table with a line or two per field, and the types that follow from it.

import type { Usage } from "#core/costs/usage.ts";

/** How a request ended. Cancelling is not failure. */
export const ENDINGS = [
  "complete",
  /** The upstream, or CCO itself, answered with an error (status >= 400, or an `error` event in the stream). */
  "error",
  /** The upstream broke off in mid-answer. */
  "truncated",
  /** The client went away first. */
  "cancelled",
  /** The proxy process died while the request was open; written on the next start from the open record. */
  "interrupted",
] as const;

export const DECISIONS = ["override", "pass", "skipped", "fallback"] as const;
export const ENDPOINTS = ["messages", "count_tokens", "models", "batches", "files", "other"] as const;
export const CACHE_RESULTS = ["hit", "miss", "bypass", "off"] as const;
export const BILLING_MODES = ["metered", "subscription"] as const;
/** Why the provider wrote tokens into its prompt cache instead of reading them; the words are in `cache-cause.ts`. */
export const CACHE_CAUSES = [
  /** The conversation began. */
  "first",
  /** All that was cached before was read: only what is new was written. */
  "grown",
  /** The cache's time to live was over since the agent's request before. */
  "expired",
  /** Another model served it than the request before, because of a rule or its end. */
  "model-by-rule",
  /** Another model was asked for than before. */
  "model-by-person",
  "tools",
  "system",
  /** Messages that were sent before came changed or are missing. */
  "history",
  /** The client put a summary in the place of the messages before. */
  "compacted",
  /** The request before had cache marks on its messages, and this one has none. */
  "marks",
  /** It began with all of the request before, in time, and still missed. */
  "missed",
] as const;

/**
 * `exact`: the provider said so. `estimated`: the answer was cut, output counted from the delivered text. `none`: no usage.
 * `unknown`: sent on, and the caller left, or the provider broke off, before it had said anything; it may have worked, and be
 * paid for it.
 */
export const USAGE_STATES = ["exact", "estimated", "none", "unknown"] as const;

/** Money of one request by token class, nano-dollars as decimal strings (they travel as JSON). Null = unpriced. */
export interface EventCosts {
  inputNanoUsd: string;
  cacheWrite5mNanoUsd: string;
  cacheWrite1hNanoUsd: string;
  cacheReadNanoUsd: string;
  outputNanoUsd: string;
  webSearchNanoUsd: string;
}

/**
 * Fields that are objects of several columns. Each has the kind of those columns, and their names, in the order of a
 * spooled list.
 */
export const EVENT_PARTS = {
  usage: {
    kind: "whole",
    columns: {
      inputTokens: "input_tokens",
      cacheWrite5mTokens: "cache_write_5m_tokens",
      cacheWrite1hTokens: "cache_write_1h_tokens",
      cacheReadTokens: "cache_read_tokens",
      outputTokens: "output_tokens",
      thinkingTokens: "thinking_tokens",
      webSearches: "web_searches",
    } satisfies Record<keyof Usage, string>,
  },
  costs: {
    kind: "money",
    columns: {
      inputNanoUsd: "input_nano_usd",
      cacheWrite5mNanoUsd: "cache_write_5m_nano_usd",
      cacheWrite1hNanoUsd: "cache_write_1h_nano_usd",
      cacheReadNanoUsd: "cache_read_nano_usd",
      outputNanoUsd: "output_nano_usd",
      webSearchNanoUsd: "web_search_nano_usd",
    } satisfies Record<keyof EventCosts, string>,
  },
} as const;

/**
 * `text`: another one for each request. `word`: one of a few, of which the database holds an id. `whole`: a safe
 * integer. `money`: nano-dollars as decimal text.
 */
export type ScalarKind = "text" | "word" | "whole" | "flag" | "money";
type PartKind = keyof typeof EVENT_PARTS;

/**
 * `open`: known before the request is sent upstream, so it stands in the open and in the close record. `session`: the same, and
 * nearly always equal for all requests of a session. `close`: known when the request has ended.
 */
type FieldTime = "open" | "session" | "close";

interface FieldSpec {
  kind: ScalarKind | PartKind;
  isNullable?: boolean;
  /** The closed set a `word` is of. */
  words?: readonly string[];
  /** The column of `event_row`; null for a field of several columns, which `EVENT_PARTS` names. */
  column: string | null;
  when: FieldTime;
  /** The version of the schema that brought the field. One that came after the first may be null: older records lack it. */
  since: number;
}

/**
 * The version that spooled records carry. It grows by one with each release that adds fields; what a version held never
 * changes.
 */
export const EVENT_SCHEMA_VERSION = 6;

/**
 * The fields of a request's record, in order. Everything that lists them follows from this: the type, the spooled records, the
 * columns, test data. Prisma's schema and the migrations repeat the columns, and a test holds them to it.
 */
export const EVENT_SCHEMA = {
  /** Minted by the proxy before dispatch (time-ordered), so a replayed spool cannot count twice. */
  id: { kind: "text", column: "id", when: "open", since: 1 },
  instanceId: { kind: "word", column: "instance_id", when: "open", since: 1 },
  /** The provider's `request-id`. */
  upstreamRequestId: { kind: "text", isNullable: true, column: "upstream_request_id", when: "close", since: 1 },
  startedAtMs: { kind: "whole", column: "started_at_ms", when: "open", since: 1 },
  endedAtMs: { kind: "whole", column: "ended_at_ms", when: "close", since: 1 },
  /** Monotonic, never negative. */
  durationMs: { kind: "whole", column: "duration_ms", when: "close", since: 1 },
  /** Time to the first byte of the upstream's answer, from the start of the request. */
  ttfbMs: { kind: "whole", isNullable: true, column: "ttfb_ms", when: "close", since: 1 },

  endpoint: { kind: "word", words: ENDPOINTS, column: "endpoint", when: "open", since: 1 },
  streamed: { kind: "flag", column: "streamed", when: "open", since: 1 },
  /** The HTTP status the client was given; 499 when it left before there was one. */
  status: { kind: "whole", column: "status", when: "close", since: 1 },
  ended: { kind: "word", words: ENDINGS, column: "ended", when: "close", since: 1 },
  errorType: { kind: "word", isNullable: true, column: "error_type", when: "close", since: 1 },
  stopReason: { kind: "word", isNullable: true, column: "stop_reason", when: "close", since: 1 },

  requestedModel: { kind: "word", isNullable: true, column: "requested_model", when: "open", since: 1 },
  /** What was sent upstream. */
  servedModel: { kind: "word", isNullable: true, column: "served_model", when: "open", since: 1 },
  /** What the upstream said it was. */
  answeredModel: { kind: "word", isNullable: true, column: "answered_model", when: "close", since: 1 },
  decision: { kind: "word", words: DECISIONS, column: "decision", when: "session", since: 1 },
  /** Reason code of the decision, e.g. `rule`, `no-rule`, `overrides-off`, `outside-window`, `hazard:E23`, `upstream_404`. */
  reason: { kind: "word", column: "reason", when: "session", since: 1 },
  ruleId: { kind: "word", isNullable: true, column: "rule_id", when: "session", since: 1 },
  /** The version of the rule set in force, whether or not a rule matched. Null before any version exists. */
  ruleVersion: { kind: "whole", isNullable: true, column: "rule_version", when: "session", since: 1 },
  /**
   * What was changed in the request for the served model, or what kept it from being served there; see
   * `recorded-edits.ts`. Null: nothing.
   */
  edits: { kind: "word", isNullable: true, column: "edits", when: "session", since: 1 },
  /** Bucket of the session in the share of the rule that decided, 0 to 99. Null: no rule, or none whose share was asked. */
  arm: { kind: "whole", isNullable: true, column: "arm", when: "session", since: 2 },

  project: { kind: "word", column: "project", when: "session", since: 1 },
  team: { kind: "word", isNullable: true, column: "team", when: "session", since: 1 },
  personId: { kind: "word", isNullable: true, column: "person_id", when: "session", since: 1 },
  proxyKeyId: { kind: "word", isNullable: true, column: "proxy_key_id", when: "session", since: 1 },
  sessionId: { kind: "word", isNullable: true, column: "session_id", when: "session", since: 1 },
  agentId: { kind: "word", isNullable: true, column: "agent_id", when: "session", since: 1 },
  parentAgentId: { kind: "word", isNullable: true, column: "parent_agent_id", when: "session", since: 1 },
  clientName: { kind: "word", isNullable: true, column: "client_name", when: "session", since: 1 },
  clientVersion: { kind: "word", isNullable: true, column: "client_version", when: "session", since: 1 },
  billingMode: { kind: "word", words: BILLING_MODES, column: "billing_mode", when: "session", since: 1 },

  /**
   * What rules can look at and no other field says; see `request-facts.ts`. Null: no rules were asked. Only headers
   * that a rule in force names are in it.
   */
  facts: { kind: "word", isNullable: true, column: "facts", when: "session", since: 3 },
  /** Messages of the whole conversation. Null, as the next eight: not counted (no conversation, or over a megabyte). */
  messages: { kind: "whole", isNullable: true, column: "messages", when: "open", since: 2 },
  /** Results of tools in the whole conversation. */
  toolResults: { kind: "whole", isNullable: true, column: "tool_results", when: "open", since: 3 },
  /** Those of them that are errors. */
  toolErrors: { kind: "whole", isNullable: true, column: "tool_errors", when: "open", since: 3 },
  /** Results of tools behind the model's last message. */
  newToolResults: { kind: "whole", isNullable: true, column: "new_tool_results", when: "open", since: 2 },
  /** Those of them that are errors. */
  newToolErrors: { kind: "whole", isNullable: true, column: "new_tool_errors", when: "open", since: 2 },
  /** Text that a person wrote stands behind the model's last message. A title request holds none, nor does an agent's. */
  humanTurn: { kind: "flag", isNullable: true, column: "human_turn", when: "open", since: 2 },
  /** Behind the model's last message stands the client's mark for a turn that a person stopped. */
  interrupted: { kind: "flag", isNullable: true, column: "interrupted", when: "open", since: 3 },
  /** The conversation begins with the client's summary of an earlier one. */
  compacted: { kind: "flag", isNullable: true, column: "compacted", when: "open", since: 3 },
  /** How many of the six tool calls before the model's last one are the same. */
  repeatedCalls: { kind: "whole", isNullable: true, column: "repeated_calls", when: "open", since: 2 },
  /** Tool calls the answer asked for, as far as it came. Null: no answer was read. */
  toolUses: { kind: "whole", isNullable: true, column: "tool_uses", when: "close", since: 2 },

  /** Why prompt tokens were written to the provider's cache. Null: none were, or this process cannot know. */
  cacheCause: { kind: "word", isNullable: true, words: CACHE_CAUSES, column: "cache_cause", when: "close", since: 3 },
  /**
   * Prompt tokens that the conversation had in the cache after its request before, and that this one did not read. As
   * much of what was written was written again. Null where there is no cause.
   */
  lostCacheTokens: { kind: "whole", isNullable: true, column: "lost_cache_tokens", when: "close", since: 6 },

  /**
   * Prompt tokens written that the requested model would have read: what a rule's switch, or its end, costs. Negative:
   * read, and the requested model would have written them. Null: this process does not know the conversation.
   */
  rewrittenTokens: { kind: "whole", isNullable: true, column: "rewritten_tokens", when: "close", since: 4 },

  usage: { kind: "usage", column: null, when: "close", since: 1 },
  usageState: { kind: "word", words: USAGE_STATES, column: "usage_state", when: "close", since: 1 },
  /**
   * Which model used what, where that is not the served model alone; see `usage-parts.ts`. Null: the served model,
   * everything.
   */
  usageParts: { kind: "text", isNullable: true, column: "usage_parts", when: "close", since: 1 },
  serviceTier: { kind: "word", isNullable: true, column: "service_tier", when: "close", since: 1 },
  speed: { kind: "word", isNullable: true, column: "speed", when: "close", since: 1 },
  inferenceGeo: { kind: "word", isNullable: true, column: "inference_geo", when: "close", since: 1 },

  priceVersion: { kind: "word", isNullable: true, column: "price_version", when: "close", since: 1 },
  costs: { kind: "costs", isNullable: true, column: null, when: "close", since: 1 },
  costNanoUsd: { kind: "money", isNullable: true, column: "cost_nano_usd", when: "close", since: 1 },
  /** The requested model's price for the same work. */
  baselineNanoUsd: { kind: "money", isNullable: true, column: "baseline_nano_usd", when: "close", since: 1 },
  /** baseline - cost; may be negative; null when either is unknown. */
  savedNanoUsd: { kind: "money", isNullable: true, column: "saved_nano_usd", when: "close", since: 1 },
  /** Cost not paid because of a response-cache hit; apart from saved. */
  avoidedNanoUsd: { kind: "money", column: "avoided_nano_usd", when: "close", since: 1 },
  /** Tokenizer ratio requested/served used for the baseline, in thousandths (1000 = same tokenizer). */
  tokenizerRatioMilli: { kind: "whole", column: "tokenizer_ratio_milli", when: "close", since: 1 },

  /** The batch that the event is an answered request of, or that the request made or read; see `batch-note.ts`. */
  batch: { kind: "text", isNullable: true, column: "batch", when: "close", since: 5 },

  cache: { kind: "word", words: CACHE_RESULTS, column: "cache", when: "open", since: 1 },
  cacheReason: { kind: "word", isNullable: true, column: "cache_reason", when: "open", since: 1 },
  requestBytes: { kind: "whole", column: "request_bytes", when: "open", since: 1 },
  responseBytes: { kind: "whole", column: "response_bytes", when: "close", since: 1 },
} as const satisfies Record<string, FieldSpec>;

type Schema = typeof EVENT_SCHEMA;
export type EventFieldName = keyof Schema;

interface ValueOfKind {
  text: string;
  word: string;
  whole: number;
  flag: boolean;
  money: string;
  usage: Usage;
  costs: EventCosts;
}

type Filled<Field extends FieldSpec> = Field extends { words: readonly (infer Word)[] }
  ? Word
  : ValueOfKind[Field["kind"]];

/** The value of a field, as the schema's line for it says. */
export type EventValue<Name extends EventFieldName> = Schema[Name] extends { isNullable: true }
  ? Filled<Schema[Name]> | null
  : Filled<Schema[Name]>;

/** Names of the fields that are known at one of these times. */
export type FieldsKnown<Time extends FieldTime> = {
  [Name in EventFieldName]: Schema[Name]["when"] extends Time ? Name : never;
}[EventFieldName];

/** A line of the schema, with its name. */
export interface EventField extends FieldSpec {
  name: EventFieldName;
}

/** The lines of the schema, in order. */
export const EVENT_FIELDS: readonly EventField[] = Object.entries(EVENT_SCHEMA).map(([name, spec]) => ({
  ...spec,
  name: name as EventFieldName,
}));

/** One column of `event_row`: of a field, or of one member of a field that is an object. */
export interface EventColumn {
  column: string;
  kind: ScalarKind;
  isNullable: boolean;
  field: EventFieldName;
  member: string | null;
}

/** The columns, in order. */
export const EVENT_COLUMNS: readonly EventColumn[] = EVENT_FIELDS.flatMap(columnsOfField);

function columnsOfField({ name: field, kind, isNullable = false, column }: EventField): EventColumn[] {
  if (kind !== "usage" && kind !== "costs") return [{ column: column ?? field, kind, isNullable, field, member: null }];
  const part = EVENT_PARTS[kind];
  return Object.entries(part.columns).map(([member, name]) => ({
    column: name,
    kind: part.kind,
    isNullable,
    field,
    member,
  }));
}

type NullableName = {
  [Name in EventFieldName]: Schema[Name] extends { isNullable: true } ? Name : never;
}[EventFieldName];

/** Every field that may be null, as null. */
const UNKNOWN_FIELDS = Object.fromEntries(
  EVENT_FIELDS.flatMap(({ name, isNullable }) => (isNullable ? [[name, null]] : [])),
) as Readonly<Record<NullableName, null>>;

/**
 * A record of what is known: every other field that may be null is null. Assigned, because a literal that spreads sixty fields
 * and then names forty of them takes eighteen times as long.
 */
export const knownEvent = <T extends object>(known: T): Omit<Record<NullableName, null>, keyof T> & T =>
  Object.assign({}, UNKNOWN_FIELDS, known);
