import { isTextAt, toAscii } from "../json-index/ascii.ts";
import type { BodyIndex } from "../json-index/body-index.ts";
import { ZERO } from "../json-index/bytes.ts";
import { membersOfField } from "../json-index/json-lists.ts";
import type { Field, Span } from "../json-index/json-scan.ts";
import { keyName } from "../json-index/key-names.ts";
import { recordableId } from "./caller-id.ts";

/** Small fields of a request that decide its treatment, read from their own spans; the large ones stay unread. */
export interface MessagesFields {
  isStream: boolean;
  maxTokens: number | null;
  /** `thinking.type` as written; null when the field is absent. */
  thinkingType: string | null;
  hasThinking: boolean;
  hasTools: boolean;
  /**
   * `metadata.user_id` as written: identifies the session of clients without a session header. Null when a header
   * does.
   */
  userId: string | null;
  /** Session id inside Claude Code's `metadata.user_id`; null when a header names it. */
  sessionId: string | null;
  serviceTier: string | null;
  speed: string | null;
  inferenceGeo: string | null;
  /**
   * Whether it is a single question with a fixed format of response, such as a session title. It is then not part of
   * the conversation.
   */
  isOneShot: boolean;
}

/** Maximum size of a "small" field that is read; no client sends longer ones. They are forwarded without inspection. */
const SMALL_BYTES_MAX = 16 * 1024;

/** Maximum size of a protocol word; longer texts are none. */
const WORD_BYTES_MAX = 64;

const TRUE = toAscii("true");
/** Digits up to which a number is exact. */
const PLAIN_DIGITS_MAX = 15;

const decoder = new TextDecoder();
const latin1 = new TextDecoder("latin1");

/** Reads the small fields. `isSessionKnown`: a header has named the session, so the body is not searched for it. */
export function readMessagesFields(bytes: Uint8Array, index: BodyIndex, isSessionKnown = false): MessagesFields {
  const { fields } = index;
  const thinkingType = textIn(bytes, fields.get("thinking"), "type");
  const userId = isSessionKnown ? null : textIn(bytes, fields.get("metadata"), "user_id");
  const hasTools = isFilledArray(bytes, fields.get("tools"));
  return {
    isStream: isTrue(bytes, fields.get("stream")),
    maxTokens: number(bytes, fields.get("max_tokens")),
    thinkingType,
    hasThinking: thinkingType !== null && thinkingType !== "disabled",
    hasTools,
    userId,
    sessionId: sessionIdIn(userId),
    serviceTier: text(bytes, fields.get("service_tier")),
    speed: text(bytes, fields.get("speed")),
    inferenceGeo: text(bytes, fields.get("inference_geo")),
    isOneShot: !hasTools && fieldIn(bytes, fields.get("output_config"), "format") !== undefined,
  };
}

/** Recorded titles have about 4 kB. */
const TITLE_BYTES_MAX = 16 * 1024;

/**
 * Whether a request asks for a session title as Claude Code does. That is a small question that wants its response as
 * JSON of a given schema, without tools and outside the prompt cache. It reads the whole of a small body, so it is
 * called only where a rule needs it.
 */
export function isTitleLike(bytes: Uint8Array, index: BodyIndex, { isOneShot }: MessagesFields): boolean {
  if (!isOneShot || bytes.length > TITLE_BYTES_MAX) return false;
  const config = value(bytes, index.fields.get("output_config")) as { format?: { type?: unknown } | null };
  // Inside a text the quotes would be escaped: only a key is written like this.
  return config?.format?.type === "json_schema" && !latin1.decode(bytes).includes('"cache_control"');
}

function value(bytes: Uint8Array, span: Span | undefined): unknown {
  if (span === undefined || span.end - span.start > SMALL_BYTES_MAX) return undefined;
  try {
    return JSON.parse(decoder.decode(bytes.subarray(span.start, span.end))) as unknown;
  } catch {
    return undefined; // well nested but not valid JSON in its details: the provider will report it
  }
}

const isTrue = (bytes: Uint8Array, span: Span | undefined): boolean =>
  span !== undefined && span.end - span.start === TRUE.length && isTextAt(bytes, span.start, TRUE);

/** Reads a number. Plain digits are read in place: that is what every client sends. */
function number(bytes: Uint8Array, span: Span | undefined): number | null {
  if (span === undefined) return null;
  let whole = 0;
  for (let at = span.start; at < span.end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    const isPlain = digit >= 0 && digit <= 9 && (whole > 0 || at === span.start);
    if (!isPlain || span.end - span.start > PLAIN_DIGITS_MAX) {
      const found = value(bytes, span);
      return typeof found === "number" ? found : null;
    }
    whole = whole * 10 + digit;
  }
  return whole;
}

/** Reads a string. A word of the protocol is interned; anything longer, or with escapes, is parsed as JSON. */
function text(bytes: Uint8Array, span: Span | undefined): string | null {
  if (span === undefined || bytes[span.start] !== 0x22) return null;
  const isWord = span.end - span.start <= WORD_BYTES_MAX;
  const word = isWord ? wordAt(bytes, span.start + 1, span.end - 1) : null;
  if (word !== null) return word;
  const found = value(bytes, span);
  return typeof found === "string" ? found : null;
}

/** Reads letters, digits and a few signs, which JSON writes as they are; null for all else. */
function wordAt(bytes: Uint8Array, start: number, end: number): string | null {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte <= 0x20 || byte >= 0x7f || byte === 0x22) return null;
  }
  return keyName(bytes, start, end);
}

function fieldIn(bytes: Uint8Array, span: Span | undefined, name: string): Field | undefined {
  if (span === undefined || bytes[span.start] !== 0x7b) return undefined;
  return membersOfField(bytes, span)?.find((field) => field.name === name);
}

function textIn(bytes: Uint8Array, span: Span | undefined, name: string): string | null {
  return text(bytes, fieldIn(bytes, span, name));
}

/** Whether a field is an array with at least one element. */
function isFilledArray(bytes: Uint8Array, span: Span | undefined): boolean {
  if (span === undefined || bytes[span.start] !== 0x5b) return false;
  for (let at = span.start + 1; at < span.end; at++) {
    const byte = bytes[at] as number;
    if (byte > 0x20) return byte !== 0x5d;
  }
  return false;
}

/**
 * Reads the session id inside the text, by the rules for the one of the header. A caller must not choose what cannot be
 * recorded.
 */
function sessionIdIn(userId: string | null): string | null {
  if (userId === null || !userId.startsWith("{")) return null;
  try {
    return recordableId((JSON.parse(userId) as Record<string, unknown>).session_id);
  } catch {
    return null;
  }
}
