import { asciiOf, isTextAt } from "./ascii.ts";
import { fieldsOf } from "./json-fields.ts";
import type { Field, Span } from "./json-scan.ts";
import { joined, modelEdit, splice } from "./splice.ts";

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const DATA = asciiOf("data");
const MESSAGE_START = asciiOf('"message_start"');
/** A `message_start` is under 2 kB. Whatever grows beyond this is passed on as it is rather than held. */
const HELD_BYTES_MAX = 256 * 1024;

/**
 * Puts the asked model's name back into the stream, or a resumed session would ask for the served one from then on.
 * Only the event being received is held, and only until `message_start` has passed; everything else goes through
 * untouched and at once.
 */
export class ModelRestorer {
  private readonly model: string;
  private held: Uint8Array[] = [];
  private isDone = false;

  constructor(model: string) {
    this.model = model;
  }

  /** Returns what may be sent now: a list, so that an untouched chunk is passed on without a copy. */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    if (this.isDone) return [chunk];
    this.held.push(chunk);
    const bytes = joined(this.held);
    this.held = [];
    return this.passEvents(bytes);
  }

  /** The stream ended early: what is held leaves as it came. */
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
      if (span !== null) {
        this.isDone = true;
        return splice(bytes, [modelEdit(span, this.model, "restore the asked model")]);
      }
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
}

/** Puts the asked model's name into a whole JSON answer; answers without a model come back as they are. */
export function restoreModelInJson(bytes: Uint8Array, model: string): readonly Uint8Array[] {
  const span = stringField(fieldsOf(bytes, { start: 0, end: bytes.length }), bytes, "model");
  return span === null ? [bytes] : splice(bytes, [modelEdit(span, model, "restore the asked model")]);
}

/** Just past the blank line that ends the event beginning at `start`, or -1 while it has not come. */
function blankLineEnd(bytes: Uint8Array, start: number): number {
  let lineStart = start;
  for (;;) {
    const end = bytes.indexOf(LF, lineStart);
    if (end === -1) return -1;
    if (end === lineStart || (end === lineStart + 1 && bytes[lineStart] === CR)) return end + 1;
    lineStart = end + 1;
  }
}

/** Where `message.model` stands in an event, or null when the event is no `message_start`. */
function modelSpanOfEvent(bytes: Uint8Array, event: Span): Span | null {
  let lineStart = event.start;
  while (lineStart < event.end) {
    const lineEnd = bytes.indexOf(LF, lineStart);
    if (isDataLine(bytes, lineStart)) {
      const start = lineStart + DATA.length + (bytes[lineStart + DATA.length + 1] === SPACE ? 2 : 1);
      const end = bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
      return modelSpanOfData(bytes, { start, end });
    }
    lineStart = lineEnd + 1;
  }
  return null;
}

function isDataLine(bytes: Uint8Array, at: number): boolean {
  return isTextAt(bytes, at, DATA) && bytes[at + DATA.length] === COLON;
}

function modelSpanOfData(bytes: Uint8Array, data: Span): Span | null {
  const fields = fieldsOf(bytes, data);
  const type = stringField(fields, bytes, "type");
  if (type === null || !isTextAt(bytes, type.start, MESSAGE_START)) return null;
  const message = fields?.find((field) => field.name === "message");
  return message === undefined ? null : stringField(fieldsOf(bytes, message), bytes, "model");
}

function stringField(fields: readonly Field[] | null, bytes: Uint8Array, name: string): Span | null {
  const field = fields?.find((candidate) => candidate.name === name);
  return field !== undefined && bytes[field.start] === 0x22 ? field : null;
}
