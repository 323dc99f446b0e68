import type { Endpoint } from "#core/activity/request-event.ts";
import type { ModelEntry } from "#core/costs/catalogue.ts";
import type { BodyIndex } from "#core/json-index/body-index.ts";
import type { Field, Span } from "#core/json-index/json-scan.ts";
import type { MessagesFields } from "#core/protocol/messages-fields.ts";

/** Endpoints whose answers may be stored at all. */
export type StorableEndpoint = "messages" | "count_tokens" | "models";
const STORABLE_ENDPOINTS: ReadonlySet<Endpoint> = new Set<StorableEndpoint>(["messages", "count_tokens", "models"]);

/** What a look-up needs to know of a request, as far as its body says it. */
interface StorableRequest {
  endpoint: "messages" | "count_tokens";
  fields: MessagesFields;
  index: BodyIndex;
  bytes: Uint8Array;
  /** The served model; null when nobody has described it. */
  served: ModelEntry | null;
  /** The rule that decided says `cache = true`: answers that differ from time to time may be repeated all the same. */
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

/** Bodies beyond this are not worth hashing: their like never comes twice. */
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

/** Fields of a request that say everything they mean by themselves. One that is not here may be about state kept elsewhere. */
const PLAIN_FIELDS = new Set([
  ...["model", "messages", "system", "max_tokens", "metadata", "stop_sequences", "stream", "temperature", "top_p"],
  ...["top_k", "service_tier", "thinking", "output_config", "tools", "tool_choice", "inference_geo", "cache_control"],
]);

/** The never-store table, in the order it is asked: what nearly every request has comes first and costs nothing. */
const CHEAP_ROWS = [
  cheap("tools", "Tools act: a repeated answer would act again.", false, (fields) => fields.hasTools),
  cheap("thinking", "Thinking is bound to its conversation.", false, (fields) => fields.hasThinking),
  cheap("too-large", "The body is larger than 1 MB.", true, (_fields, _index, length) => length > STORABLE_BYTES_MAX),
  cheap("safeguards", "Requests with safeguards are always answered afresh.", true, hasAny("safeguards")),
  cheap(
    "thread",
    "The conversation is kept at the provider.",
    true,
    hasAny("thread", "thread_id", "previous_message_id"),
  ),
  cheap("fallback-credit", "A credit is used up by its request.", true, hasAny("fallback_credit_token", "fallbacks")),
  cheap("context-edits", "The provider edits the conversation.", true, hasAny("context_management")),
  cheap("container", "A container keeps state.", true, hasAny("container")),
  cheap("servers", "Outside servers are asked.", true, hasAny("mcp_servers")),
  cheap("unknown-field", "A field nobody has described could mean state.", true, (_fields, index) => {
    for (const name of index.fields.keys()) if (!PLAIN_FIELDS.has(name)) return true;
    return false;
  }),
] as const;

const LATE_ROWS = [
  { reason: "sampling", why: "The answer differs from time to time: temperature 0, or `cache = true` in the rule." },
  { reason: "tool-content", why: "The conversation holds tool calls." },
  { reason: "thinking-content", why: "The conversation holds thinking." },
  { reason: "file", why: "A file kept elsewhere may change." },
  { reason: "unknown-content", why: "Content nobody has described could mean state." },
] as const satisfies readonly NeverStored<string>[];

/** What the caller said, and who it is. */
const CALLER_ROWS = [
  { reason: "asked", why: "The caller asked for it: x-cco-cache: bypass." },
  { reason: "no-store", why: "The caller asked for it: cache-control: no-store." },
  { reason: "refresh", why: "The caller asked for a new answer, which is stored: cache-control: no-cache." },
  { reason: "no-credential", why: "Without a key nobody knows whose answer it is." },
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
 * Why this request may never be answered from the cache, as far as its small fields tell; null when they allow it. Made for
 * every request: it looks at what is indexed already and makes nothing.
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

/** The rest of the table, for the few requests that came this far: looks into the body. */
export function neverStoredByContent(request: StorableRequest): NeverReason | null {
  if (request.endpoint === "messages" && !request.isOptedIn && !isRepeatable(request)) return "sampling";
  return contentReason(request);
}

/** True when the same request gets the same answer: temperature 0, on a model that heeds it. Unknown models are taken not to. */
function isRepeatable({ bytes, index, served }: StorableRequest): boolean {
  const temperature = index.fields.get("temperature");
  if (temperature === undefined) return false;
  return served?.capabilities?.sampling.mode === "one_of_temperature_or_top_p" && valueIn(bytes, temperature) === 0;
}

const PLAIN_BLOCKS = new Set(["text", "image", "document"]);
const PLAIN_SOURCES = new Set(["base64", "text", "content"]);

function contentReason({ bytes, index }: StorableRequest): NeverReason | null {
  const messages = listIn(bytes, index.fields.get("messages"));
  const blocks = messages.flatMap((message) => blocksOf(membersOf(message).content));
  for (const block of [...blocks, ...blocksOf(systemIn(bytes, index.fields.get("system")))]) {
    const reason = blockReason(membersOf(block));
    if (reason !== null) return reason;
  }
  return null;
}

function blockReason({ type, source }: Members): NeverReason | null {
  if (typeof type !== "string") return "unknown-content";
  if (PLAIN_BLOCKS.has(type)) {
    const kind = source === undefined ? "text" : membersOf(source).type;
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
    return undefined; // well nested but not JSON in its details: nothing the table allows
  }
}

function listIn(bytes: Uint8Array, field: Field | undefined): readonly unknown[] {
  const value = field === undefined ? [] : valueIn(bytes, field);
  return Array.isArray(value) ? (value as unknown[]) : [null];
}

const systemIn = (bytes: Uint8Array, field: Field | undefined): unknown =>
  field === undefined ? "" : valueIn(bytes, field);

/** A plain text is no block; whatever else is no list counts as one block that nobody knows. */
function blocksOf(content: unknown): readonly unknown[] {
  if (typeof content === "string") return [];
  return Array.isArray(content) ? (content as unknown[]) : [null];
}

function membersOf(value: unknown): Members {
  return typeof value === "object" && value !== null ? (value as Members) : {};
}
