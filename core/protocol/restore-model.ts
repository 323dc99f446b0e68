import { isTextAt, toAscii } from "../json-index/ascii.ts";
import { BACKSLASH, COLON, COMMA, CR, LF, QUOTE, SPACE } from "../json-index/bytes.ts";
import { findFields } from "../json-index/json-fields.ts";
import type { Field, Span } from "../json-index/json-scan.ts";
import { joined, modelEdit, splice } from "./splice.ts";

const DATA = toAscii("data");
const NEWLINE = Uint8Array.of(LF);
const TILDE = 0x7e;
/** Byte order mark: may stand before the first line of a stream and is not part of it. */
const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf);
const MESSAGE_START = toAscii('"message_start"');
/** Nearly all events of this type begin so, with members of the message behind it that are short texts. */
const MESSAGE_LEAD = toAscii('{"type":"message_start","message":{');
const MODEL_LEAD = toAscii('"model":"');
/**
 * Maximum size of a held event. A `message_start` is under 2 kB; a larger event is passed on unchanged rather than
 * held.
 */
const HELD_BYTES_MAX = 256 * 1024;

/**
 * Restores the requested model's name in a response stream. A resumed session would otherwise request the served one
 * from then on. Only the event being received is held, and only until `message_start` has passed. Everything else
 * passes through unchanged and at once.
 */
export class ModelRestorer {
  private readonly model: string;
  private held: Uint8Array[] = [];
  private isDone = false;

  constructor(model: string) {
    this.model = model;
  }

  /**
   * Returns the bytes that may be sent now. They are a list, so that an unchanged chunk is passed on without a copy.
   * `start`: where the data of the stream's first event lies, if it is known to be whole in this chunk, JSON, and a
   * `message_start`.
   */
  push(chunk: Uint8Array, start: Span | null = null): readonly Uint8Array[] {
    if (this.isDone) return [chunk];
    const span = start === null || this.held.length > 0 ? null : usualModelSpan(chunk, start);
    if (span !== null) return this.restored(chunk, span);
    this.held.push(chunk);
    const bytes = joined(this.held);
    this.held = [];
    return this.passEvents(bytes);
  }

  /** Flushes the held bytes unchanged when the stream ends early. */
  end(): readonly Uint8Array[] {
    this.isDone = true;
    const rest = this.held;
    this.held = [];
    return rest;
  }

  private passEvents(bytes: Uint8Array): readonly Uint8Array[] {
    let eventStart = 0;
    for (;;) {
      const eventEnd = blankLineEnd(bytes, eventStart);
      if (eventEnd === -1) break;
      const span = modelSpanOfEvent(bytes, { start: eventStart, end: eventEnd });
      if (span !== null) return this.restored(bytes, span);
      eventStart = eventEnd;
    }
    const rest = bytes.subarray(eventStart);
    if (rest.length > HELD_BYTES_MAX) {
      this.isDone = true;
      return [bytes];
    }
    this.held = rest.length > 0 ? [rest] : [];
    return eventStart > 0 ? [bytes.subarray(0, eventStart)] : [];
  }

  private restored(bytes: Uint8Array, span: Span): readonly Uint8Array[] {
    this.isDone = true;
    return splice(bytes, [modelEdit(span, this.model, "restore the requested model")]);
  }
}

/**
 * Restores the requested model's name in a whole JSON response; responses without a model come back unchanged. `fields`:
 * those of the response, where they are known already.
 */
export function restoreModelInJson(
  bytes: Uint8Array,
  model: string,
  fields: readonly Field[] | null = findFields(bytes, { start: 0, end: bytes.length }),
): readonly Uint8Array[] {
  const span = stringField(fields, bytes, "model");
  return span === null ? [bytes] : splice(bytes, [modelEdit(span, model, "restore the requested model")]);
}

/**
 * Returns the offset just past the blank line that ends the event beginning at `start`. It is -1 while that line has
 * not arrived.
 */
function blankLineEnd(bytes: Uint8Array, start: number): number {
  let lineStart = start;
  for (;;) {
    const end = lineEnd(bytes, lineStart);
    if (end === -1) return -1;
    const next = afterLine(bytes, end);
    if (end === lineStart) return next;
    lineStart = next;
  }
}

/** Returns the end of the line beginning at `start`: its CR or LF, or -1 while neither has arrived. */
function lineEnd(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length; at++) if (bytes[at] === LF || bytes[at] === CR) return at;
  return -1;
}

/** Skips the CR, the LF or both that end a line. */
const afterLine = (bytes: Uint8Array, end: number): number =>
  bytes[end] === CR && bytes[end + 1] === LF ? end + 2 : end + 1;

/** Finds `message.model` in an event; null when the event is no `message_start`. */
function modelSpanOfEvent(bytes: Uint8Array, event: Span): Span | null {
  const lines: Span[] = [];
  let lineStart = isTextAt(bytes, event.start, BYTE_ORDER_MARK) ? event.start + BYTE_ORDER_MARK.length : event.start;
  while (lineStart < event.end) {
    const end = lineEnd(bytes, lineStart);
    if (isDataLine(bytes, lineStart)) {
      const start = lineStart + DATA.length + (bytes[lineStart + DATA.length + 1] === SPACE ? 2 : 1);
      lines.push({ start, end });
    }
    lineStart = afterLine(bytes, end);
  }
  const [only] = lines;
  if (only === undefined) return null;
  return lines.length === 1 ? modelSpanOfData(bytes, only) : modelSpanOfLines(bytes, lines);
}

/**
 * Finds the model in data over several lines, which are read as one text. A JSON string holds no line end, so the
 * name stands within one of them.
 */
function modelSpanOfLines(bytes: Uint8Array, lines: readonly Span[]): Span | null {
  const text = joined(lines.flatMap(({ start, end }) => [bytes.subarray(start, end), NEWLINE]));
  const span = modelSpanOfData(text, { start: 0, end: text.length });
  if (span === null) return null;
  let textStart = 0;
  for (const { start, end } of lines) {
    const textEnd = textStart + end - start;
    if (span.start >= textStart && span.end <= textEnd)
      return { start: span.start - textStart + start, end: span.end - textStart + start };
    textStart = textEnd + NEWLINE.length;
  }
  return null;
}

function isDataLine(bytes: Uint8Array, at: number): boolean {
  return isTextAt(bytes, at, DATA) && bytes[at + DATA.length] === COLON;
}

function modelSpanOfData(bytes: Uint8Array, data: Span): Span | null {
  const fields = findFields(bytes, data);
  const type = stringField(fields, bytes, "type");
  if (type === null || !isMessageStart(bytes, type)) return null;
  const message = fields?.find((field) => field.name === "message");
  return message === undefined ? null : stringField(findFields(bytes, message), bytes, "model");
}

/**
 * Finds the model's span in data that is known to be JSON, without reading it to its end. Null where it is not written
 * as usual.
 */
function usualModelSpan(bytes: Uint8Array, { start, end }: Span): Span | null {
  if (!isTextAt(bytes, start, MESSAGE_LEAD)) return null;
  let at = start + MESSAGE_LEAD.length;
  while (at < end) {
    const isModel = isTextAt(bytes, at, MODEL_LEAD);
    const colon = plainTextEnd(bytes, at);
    const valueEnd = bytes[colon] === COLON ? plainTextEnd(bytes, colon + 1) : -1;
    if (valueEnd === -1) return null;
    if (isModel) return { start: colon + 1, end: valueEnd };
    if (bytes[valueEnd] !== COMMA) return null;
    at = valueEnd + 1;
  }
  return null;
}

/** Where a text of printable ASCII without escapes ends, just past its quote; -1 for anything else. */
function plainTextEnd(bytes: Uint8Array, open: number): number {
  if (bytes[open] !== QUOTE) return -1;
  let at = open + 1;
  for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[++at])
    if (byte === undefined || byte < SPACE || byte > TILDE || byte === BACKSLASH) return -1;
  return at + 1;
}

function isMessageStart(bytes: Uint8Array, { start, end }: Span): boolean {
  if (isTextAt(bytes, start, MESSAGE_START)) return true;
  // Another spelling with escapes, each of six bytes.
  if (end - start <= MESSAGE_START.length || end - start > 6 * MESSAGE_START.length) return false;
  const text = new TextDecoder().decode(bytes.subarray(start, end));
  return (
    text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))) ===
    '"message_start"'
  );
}

function stringField(fields: readonly Field[] | null, bytes: Uint8Array, name: string): Span | null {
  const field = fields?.find((candidate) => candidate.name === name);
  return field !== undefined && bytes[field.start] === QUOTE ? field : null;
}
