import { isTextAt, toAscii } from "#core/json-index/ascii.ts";
import { findFields } from "#core/json-index/json-fields.ts";
import type { Field, Span } from "#core/json-index/json-scan.ts";
import { skipDeltas } from "#core/protocol/delta-skip.ts";
import { readErrorType } from "#core/protocol/error-body.ts";
import { SseLines } from "#core/protocol/sse-lines.ts";
import { emptyTally, tallyDelta, tallyStart, type UsageTally } from "#core/protocol/stream-usage.ts";

type Fields = Readonly<Record<string, unknown>>;

const decoder = new TextDecoder();
/** The usual ending of a stream. */
const STOP = toAscii('{"type":"message_stop"}');
/** Events that hold nothing for a meter. */
const SILENT = new Set(["ping", "content_block_stop"]);
/**
 * The start of a content block as written in the stream. One digit of its index follows, as blocks of a response are
 * few.
 */
const BLOCK_START = toAscii('{"type":"content_block_start","index":');
/** The bytes behind that digit where the block is text. Every response has such a block, and it is no tool call. */
const OF_TEXT = toAscii(',"content_block":{"type":"text"');
/** The start of a tool call is short; the results of the provider's own tools come in longer ones. */
const TOOL_START_BYTES_MAX = 2048;

/**
 * Reads usage and ending out of a response that passes by. It never touches the bytes, and a failure in here costs a
 * number, not a response.
 */
export class Meter {
  tally: UsageTally = emptyTally();
  answeredModel: string | null = null;
  stopReason: string | null = null;
  errorType: string | null = null;
  /** Whether `message_stop` was seen, or the whole of a JSON response. */
  isComplete = false;
  hasStarted = false;
  /** Bytes of text, thinking and tool input delivered so far, as JSON writes them. */
  deliveredBytes = 0;
  /** Tool calls that were begun so far. */
  toolUses = 0;
  /**
   * Position of the data of `message_start` in the chunk pushed last. Set if the data is whole in that chunk and is the
   * first event.
   */
  startSpan: Span | null = null;
  private chunk: Uint8Array | null = null;
  private hasEvents = false;
  /** Offset of the colon before the text in the last delta, from its start. */
  private textColon = 5;
  private readonly lines = new SseLines(
    (name, bytes, start, end) => this.event(name, bytes, start, end),
    (bytes, start) => this.takeDeltas(bytes, start),
  );

  get isBetweenEvents(): boolean {
    return this.lines.isBetweenEvents;
  }

  push(chunk: Uint8Array): void {
    this.chunk = chunk;
    this.startSpan = null;
    try {
      this.lines.push(chunk);
    } catch {
      // What is unreadable to us may be readable to the caller: the bytes go on.
    }
    // A cached response keeps its meter.
    this.chunk = null;
  }

  /** Ends the stream; an unfinished last event still counts. */
  end(): void {
    try {
      this.lines.end();
    } catch {
      // See push.
    }
  }

  /**
   * Reads a whole response that is no stream. Returns the fields of a JSON object; null where none were looked for, or
   * found.
   */
  readJson(bytes: Buffer, status: number): readonly Field[] | null {
    if (status >= 400) {
      this.errorType = readErrorType(bytes.toString("utf8"));
      return null;
    }
    const fields = findFields(bytes, { start: 0, end: bytes.length });
    this.noteMessage(fields === null ? parsed(bytes.toString("utf8")) : partsOfMessage(bytes, fields));
    // Look for an error under a status of success only where there is no usage. The whole text is parsed for it.
    if (!this.tally.isKnown) this.errorType = readErrorType(bytes.toString("utf8"));
    return fields;
  }

  private noteMessage(message: Fields | null): void {
    if (message === null) return;
    this.isComplete = true;
    this.answeredModel = toText(message.model);
    this.stopReason = toText(message.stop_reason);
    if (Array.isArray(message.content)) this.toolUses = message.content.filter(isToolUse).length;
    if (message.usage !== undefined) this.tally = tallyStart(message.usage, true);
  }

  private event(name: string, bytes: Uint8Array, start: number, end: number): void {
    const isFirst = !this.hasEvents;
    this.hasEvents = true;
    if (name === "content_block_delta") {
      this.countDelta(bytes, start, end);
      return;
    }
    if (SILENT.has(name)) return;
    if (name === "content_block_start" && (end - start > TOOL_START_BYTES_MAX || startsText(bytes, start))) return;
    if (end - start === STOP.length && isTextAt(bytes, start, STOP)) {
      this.isComplete = true;
      return;
    }
    const event = parsed(decoder.decode(bytes.subarray(start, end)));
    if (event === null) return;
    switch (event.type) {
      case "message_start":
        this.start(event.message);
        if (isFirst && bytes === this.chunk) this.startSpan = { start, end };
        break;
      case "content_block_start":
        if (isToolUse(event.content_block)) this.toolUses++;
        break;
      case "message_delta":
        this.tally = tallyDelta(this.tally, event.usage);
        this.stopReason = toText(toFields(event.delta).stop_reason) ?? this.stopReason;
        break;
      case "content_block_delta":
        this.countDelta(bytes, start, end);
        break;
      case "message_stop":
        this.isComplete = true;
        break;
      case "error":
        this.errorType = toText(toFields(event.error).type) ?? "api_error";
        break;
    }
  }

  private takeDeltas(bytes: Uint8Array, start: number): number {
    const passed = skipDeltas(bytes, start, this.textColon);
    if (passed === null) return start;
    this.deliveredBytes += passed.textBytes;
    return passed.end;
  }

  /** Adds the length of the text a delta carries. In deltas of one kind it begins at one offset. */
  private countDelta(bytes: Uint8Array, start: number, end: number): void {
    const usual = start + this.textColon;
    const colon = usual + 2 < end && isTextColon(bytes, usual) ? usual : textColonAt(bytes, start, end);
    if (colon === -1) return;
    this.textColon = colon - start;
    let close = end - 1;
    while (close > colon + 1 && bytes[close] !== QUOTE) close--;
    this.deliveredBytes += Math.max(0, close - colon - 2);
  }

  private start(raw: unknown): void {
    const message = toFields(raw);
    this.hasStarted = true;
    this.answeredModel = toText(message.model);
    this.tally = tallyStart(message.usage, false);
  }
}

const QUOTE = 0x22;
const COLON = 0x3a;
/** `text`, `thinking` and `partial_json`, by the last letters that no other key of a delta has. */
const DELTA_KEYS = ["text", "king", "json"].map((end) => [...end].map((letter) => letter.charCodeAt(0)));

/**
 * Finds the offset of the colon before the text of a delta, or -1. It is found by position. Parsing thousands of deltas
 * would cost more than the result is worth.
 */
function textColonAt(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start + 5; at + 2 < end; at++) if (isTextColon(bytes, at)) return at;
  return -1;
}

const isTextColon = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === COLON && bytes[at + 1] === QUOTE && bytes[at - 1] === QUOTE && isDeltaKey(bytes, at - 1);

function isDeltaKey(bytes: Uint8Array, end: number): boolean {
  for (const [a, b, c, d] of DELTA_KEYS)
    if (bytes[end - 1] === d && bytes[end - 2] === c && bytes[end - 3] === b && bytes[end - 4] === a) return true;
  return false;
}

/**
 * Parses the parts of a message that a meter reads, one by one. The text of the response, nearly all of it, is none of
 * them. Null when one is no JSON. Of a field given twice the last counts, as in JSON.parse.
 */
function partsOfMessage(bytes: Buffer, fields: readonly Field[]): Fields | null {
  const message: Record<string, unknown> = {};
  try {
    for (const { name, start, end } of fields) {
      if (name === "content")
        message.content = mayHoldToolUse(bytes.subarray(start, end)) ? valueAt(bytes, start, end) : null;
      else if (name === "model" || name === "stop_reason" || name === "usage")
        message[name] = valueAt(bytes, start, end);
    }
  } catch {
    return null;
  }
  return message;
}

const valueAt = (bytes: Buffer, start: number, end: number): unknown => JSON.parse(bytes.toString("utf8", start, end));

/** Without the word, and without an escape that could spell it, no block is a call. */
const mayHoldToolUse = (content: Buffer): boolean => content.includes('"tool_use"') || content.includes("\\u");

function parsed(text: string): Fields | null {
  try {
    return toFields(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whether a block that starts is text, as it is usually written; false says nothing. */
const startsText = (bytes: Uint8Array, start: number): boolean =>
  isTextAt(bytes, start, BLOCK_START) && isTextAt(bytes, start + BLOCK_START.length + 1, OF_TEXT);

/** A call of one of the client's tools. */
const isToolUse = (block: unknown): boolean => toFields(block).type === "tool_use";

function toFields(raw: unknown): Fields {
  return typeof raw === "object" && raw !== null ? (raw as Fields) : {};
}

function toText(raw: unknown): string | null {
  return typeof raw === "string" && raw !== "" && raw.length <= 256 ? raw : null;
}
