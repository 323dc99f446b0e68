import type { Endpoint } from "#core/activity/request-event.ts";
import type { ModelEntry } from "#core/costs/catalogue.ts";
import type { BodyIndex } from "#core/json-index/body-index.ts";
import type { Field, Span } from "#core/json-index/json-scan.ts";
import type { MessagesFields } from "#core/protocol/messages-fields.ts";

/** Endpoints whose responses may be stored at all. */
export type StorableEndpoint = "messages" | "count_tokens" | "models";
const STORABLE_ENDPOINTS: ReadonlySet<Endpoint> = new Set<StorableEndpoint>(["messages", "count_tokens", "models"]);

/** Facts about a request that a look-up needs, as far as its body contains them. */
interface StorableRequest {
  endpoint: "messages" | "count_tokens";
  fields: MessagesFields;
  index: BodyIndex;
  bytes: Uint8Array;
  /** Served model; null when the catalogue does not describe it. */
  served: ModelEntry | null;
  /** The deciding rule has `cache = true`: responses that vary between calls may be replayed all the same. */
  isOptedIn: boolean;
}

interface NeverStored<Reason extends string> {
  reason: Reason;
  /** One sentence for people. */
  why: string;
}

type CheapRow<Reason extends string> = NeverStored<Reason> & {
  /** Token counts neither call tools nor think: some rows do not concern them. */
  isForCounts: boolean;
  applies(fields: MessagesFields, index: BodyIndex, length: number): boolean;
};

/** Larger bodies are not worth hashing: they practically never repeat. */
const STORABLE_BYTES_MAX = 1024 * 1024;

const cheap = <Reason extends string>(
  reason: Reason,
  why: string,
  isForCounts: boolean,
  applies: CheapRow<Reason>["applies"],
): CheapRow<Reason> => ({ reason, why, isForCounts, applies });

const hasAny =
  (...names: readonly string[]) =>
  (_fields: MessagesFields, { fields }: BodyIndex) =>
    names.some((name) => fields.has(name));

/** Self-contained fields of a request. A field that is missing here may refer to state kept elsewhere. */
const PLAIN_FIELDS = new Set([
  ...["model", "messages", "system", "max_tokens", "metadata", "stop_sequences", "stream", "temperature", "top_p"],
  ...["top_k", "service_tier", "thinking", "output_config", "tools", "tool_choice", "inference_geo", "cache_control"],
]);

/** Never-store table in the order of evaluation: the conditions of nearly every request come first and cost nothing. */
const CHEAP_ROWS = [
  cheap("tools", "Uses tools: replaying the response could repeat side effects.", false, (fields) => fields.hasTools),
  cheap("thinking", "Thinking is bound to its conversation.", false, (fields) => fields.hasThinking),
  cheap("too-large", "The body is larger than 1 MB.", true, (_fields, _index, length) => length > STORABLE_BYTES_MAX),
  cheap("safeguards", "Requests with safeguards always go to the provider.", true, hasAny("safeguards")),
  cheap(
    "thread",
    "The conversation is stored at the provider.",
    true,
    hasAny("thread", "thread_id", "previous_message_id"),
  ),
  cheap(
    "fallback-credit",
    "Uses a fallback credit, which is valid once.",
    true,
    hasAny("fallback_credit_token", "fallbacks"),
  ),
  cheap("context-edits", "The provider edits the conversation.", true, hasAny("context_management")),
  cheap("container", "A container keeps state.", true, hasAny("container")),
  cheap("servers", "Calls external servers (MCP).", true, hasAny("mcp_servers")),
  cheap("unknown-field", "Has an unknown field, which could refer to state.", true, (_fields, index) => {
    for (const name of index.fields.keys()) if (!PLAIN_FIELDS.has(name)) return true;
    return false;
  }),
] as const;

const LATE_ROWS = [
  {
    reason: "sampling",
    why: "Responses vary between calls. Cacheable with temperature 0, or `cache = true` in the rule.",
  },
  { reason: "tool-content", why: "The conversation contains tool calls." },
  { reason: "thinking-content", why: "The conversation contains thinking." },
  { reason: "file", why: "Refers to a file, which may change." },
  { reason: "unknown-content", why: "Has unknown content, which could refer to state." },
] as const satisfies readonly NeverStored<string>[];

/** Reasons that depend on the caller: its headers and its identity. */
const CALLER_ROWS = [
  { reason: "asked", why: "Requested by the caller (x-cco-cache: bypass)." },
  { reason: "no-store", why: "Requested by the caller (cache-control: no-store)." },
  { reason: "refresh", why: "The caller requested a fresh response, which is stored (cache-control: no-cache)." },
  { reason: "no-credential", why: "Without a credential the response has no owner." },
  { reason: "endpoint", why: "Only messages, token counts and the list of models are stored." },
] as const satisfies readonly NeverStored<string>[];

/** What holds of a request until it is looked up: it may be refused on the way there. */
const EARLY_ROWS = [
  { reason: "not-reached", why: "Refused, or given up by the caller, before the look-up." },
] as const satisfies readonly NeverStored<string>[];

/** Of requests that an earlier release recorded without a reason. */
const UNRECORDED: NeverStored<"unknown"> = {
  reason: "unknown",
  why: "Refused before the look-up, or of a kind that is never stored: which of them was not recorded then.",
};

/** Why a request is not looked up while nothing more than its endpoint is known. */
export const reasonBeforeLookup = (endpoint: Endpoint): NeverReason =>
  STORABLE_ENDPOINTS.has(endpoint) ? "not-reached" : "endpoint";

/** Every reason why a request is not looked up, with the sentence for people. */
export const NEVER_STORED: readonly NeverStored<NeverReason | "unknown">[] = [
  ...CALLER_ROWS,
  ...CHEAP_ROWS,
  ...LATE_ROWS,
  ...EARLY_ROWS,
  UNRECORDED,
];

export type NeverReason =
  | (typeof CHEAP_ROWS)[number]["reason"]
  | (typeof LATE_ROWS)[number]["reason"]
  | (typeof CALLER_ROWS)[number]["reason"]
  | (typeof EARLY_ROWS)[number]["reason"];

/**
 * Finds why this request may never be answered from the cache, judged by its small fields. Null when they allow it. It
 * is called for every request: it reads only what is indexed already and allocates nothing.
 */
export function neverStored(
  endpoint: "messages" | "count_tokens",
  fields: MessagesFields,
  index: BodyIndex,
  length: number,
): NeverReason | null {
  for (const row of CHEAP_ROWS)
    if ((row.isForCounts || endpoint === "messages") && row.applies(fields, index, length)) return row.reason;
  return null;
}

/** Evaluates the rest of the table, for the few requests that pass the cheap rows: looks into the body. */
export function neverStoredByContent(request: StorableRequest): NeverReason | null {
  if (request.endpoint === "messages" && !request.isOptedIn && !isRepeatable(request)) return "sampling";
  return contentReason(request);
}

/**
 * Whether the same request gets the same response: temperature 0, on a model that honours it. Unknown models count as
 * not repeatable.
 */
function isRepeatable({ bytes, index, served }: StorableRequest): boolean {
  const temperature = index.fields.get("temperature");
  if (temperature === undefined) return false;
  return served?.capabilities?.sampling.mode === "one_of_temperature_or_top_p" && valueIn(bytes, temperature) === 0;
}

const PLAIN_BLOCKS = new Set(["text", "image", "document"]);
const PLAIN_SOURCES = new Set(["base64", "text", "content"]);

function contentReason({ bytes, index }: StorableRequest): NeverReason | null {
  const messages = listIn(bytes, index.fields.get("messages"));
  const blocks = messages.flatMap((message) => splitBlocks(toMembers(message).content));
  for (const block of [...blocks, ...splitBlocks(systemIn(bytes, index.fields.get("system")))]) {
    const reason = blockReason(toMembers(block));
    if (reason !== null) return reason;
  }
  return null;
}

function blockReason({ type, source }: Members): NeverReason | null {
  if (typeof type !== "string") return "unknown-content";
  if (PLAIN_BLOCKS.has(type)) {
    const kind = source === undefined ? "text" : toMembers(source).type;
    return typeof kind === "string" && PLAIN_SOURCES.has(kind) ? null : "file";
  }
  if (type.includes("thinking")) return "thinking-content";
  if (type === "container_upload") return "file";
  return type.includes("tool") || type.includes("mcp_") ? "tool-content" : "unknown-content";
}

type Members = Readonly<Record<string, unknown>>;

const decoder = new TextDecoder();

function valueIn(bytes: Uint8Array, span: Span): unknown {
  try {
    return JSON.parse(decoder.decode(bytes.subarray(span.start, span.end))) as unknown;
  } catch {
    return undefined; // well nested but not valid JSON in its details: no row of the table allows it
  }
}

function listIn(bytes: Uint8Array, field: Field | undefined): readonly unknown[] {
  const value = field === undefined ? [] : valueIn(bytes, field);
  return Array.isArray(value) ? (value as unknown[]) : [null];
}

const systemIn = (bytes: Uint8Array, field: Field | undefined): unknown =>
  field === undefined ? "" : valueIn(bytes, field);

/**
 * Splits content into blocks. A plain text is no block; any other value that is not a list counts as one unknown
 * block.
 */
function splitBlocks(content: unknown): readonly unknown[] {
  if (typeof content === "string") return [];
  return Array.isArray(content) ? (content as unknown[]) : [null];
}

function toMembers(value: unknown): Members {
  return typeof value === "object" && value !== null ? (value as Members) : {};
}
