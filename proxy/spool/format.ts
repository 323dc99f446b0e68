import { crc32 } from "node:zlib";
import { EVENT_FIELDS } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { PriceContext, Usage } from "#core/costs/usage.ts";
import type { OpenRecord } from "./records.ts";
import { RowWriter } from "./row-writer.ts";
import { readRow } from "./rows.ts";
import { writeClose, writeOpen } from "./write-rows.ts";

/** What the beginning of the answer said: enough to price a request whose process dies in mid-answer. */
export interface StartedRecord {
  id: string;
  atMs: number;
  usage: Usage;
  context: PriceContext;
  answeredModel: string | null;
  upstreamRequestId: string | null;
}

export type SpoolRecord = { open: OpenRecord } | { started: StartedRecord } | { close: RequestEvent };

/**
 * `llllllll cccccccc json\n`: length and CRC-32 of the JSON, in hex. A line, so that a reader finds the next record
 * after a bad one.
 */
const HEADER_BYTES = 18;
const NEWLINE = 0x0a;
const SPACE = 0x20;
/** A length beyond this is a damaged header, not a record. */
export const RECORD_BYTES_MAX = 1024 * 1024;

/** One record is written at a time, so one place is enough. */
const row = new RowWriter();

/** The line of a record. It is valid until the next call: copy it to keep it longer. */
export function encodeRecord(record: SpoolRecord): Buffer {
  row.begin(HEADER_BYTES);
  if ("open" in record) writeOpen(row, record.open);
  else if ("close" in record) writeClose(row, record.close);
  else row.json(Buffer.from(JSON.stringify(record)));
  const line = row.end(1);
  const end = line.length - 1;
  const written = line.subarray(HEADER_BYTES, end);
  writeHex(line, 0, written.length);
  line[8] = SPACE;
  writeHex(line, 9, crc32(written));
  line[17] = SPACE;
  line[end] = NEWLINE;
  return line;
}

type RecordFound =
  /** `json` is a view of the bytes; `end` is the offset of the next record. */
  | { kind: "record"; json: Buffer; end: number }
  /** Bytes that are no record; the next may begin at `end`. */
  | { kind: "bad"; end: number }
  /** No whole record here yet: the writer may still be at it. */
  | { kind: "incomplete" };

type Decoded = Exclude<RecordFound, { kind: "record" }> | { kind: "record"; record: SpoolRecord; end: number };

/**
 * Finds the record that begins at `start`. `isFinal` says that nothing will ever be added to these bytes: an incomplete
 * record followed by whole lines is then a damaged one.
 */
export function findRecord(bytes: Buffer, start: number, isFinal: boolean): RecordFound {
  const header = headerAt(bytes, start);
  if (header === "damaged") return badUntilNextLine(bytes, start);
  const end = header === "short" ? Number.POSITIVE_INFINITY : start + HEADER_BYTES + header.length + 1;
  if (end > bytes.length) {
    const hasMoreLines = isFinal && bytes.indexOf(NEWLINE, start) !== -1;
    return hasMoreLines ? badUntilNextLine(bytes, start) : { kind: "incomplete" };
  }
  const json = bytes.subarray(start + HEADER_BYTES, end - 1);
  if (header === "short" || bytes[end - 1] !== NEWLINE || crc32(json) !== header.crc)
    return badUntilNextLine(bytes, start);
  return { kind: "record", json, end };
}

/** Reads the record that begins at `start`. */
export function decodeRecord(bytes: Buffer, start: number, isFinal: boolean): Decoded {
  const found = findRecord(bytes, start, isFinal);
  if (found.kind !== "record") return found;
  const record = parseRecord(found.json);
  return record === null ? { kind: "bad", end: found.end } : { kind: "record", record, end: found.end };
}

function headerAt(bytes: Buffer, start: number): { length: number; crc: number } | "short" | "damaged" {
  if (bytes.length - start < HEADER_BYTES) return "short";
  const length = hexAt(bytes, start);
  const crc = hexAt(bytes, start + 9);
  const isSpaced = bytes[start + 8] === SPACE && bytes[start + 17] === SPACE;
  return length === null || crc === null || !isSpaced || length > RECORD_BYTES_MAX ? "damaged" : { length, crc };
}

/** Eight lower-case hexadecimal digits. */
function hexAt(bytes: Buffer, start: number): number | null {
  let value = 0;
  for (let at = start; at < start + 8; at += 1) {
    const code = bytes[at] ?? 0;
    const digit = code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
    if (digit === -1) return null;
    value = value * 16 + digit;
  }
  return value;
}

/** Written JSON holds no raw newline, so the next one ends the damaged record, or the one its damage swallowed. */
function badUntilNextLine(bytes: Buffer, start: number): Exclude<RecordFound, { kind: "record" }> {
  // What a loss of power leaves of a block that was never written; the record behind it is whole.
  if (bytes[start] === 0) return { kind: "bad", end: endOfZeros(bytes, start) };
  const newline = bytes.indexOf(NEWLINE, start);
  return newline === -1 ? { kind: "incomplete" } : { kind: "bad", end: newline + 1 };
}

function endOfZeros(bytes: Buffer, start: number): number {
  let end = start;
  while (end < bytes.length && bytes[end] === 0) end += 1;
  return end;
}

/**
 * Parses a record of the spool. Null when the JSON is none, or no record that this version knows. What a newer program
 * wrote is set aside, not guessed. Opened and closed requests are rows. Before there were any, they were objects, as
 * the beginning of an answer still is.
 */
export function parseRecord(json: Buffer): SpoolRecord | null {
  try {
    const value: unknown = JSON.parse(json.toString("utf8"));
    return Array.isArray(value) ? readRow(value) : readObject(value);
  } catch {
    return null;
  }
}

const EVENT_NAMES: ReadonlySet<string> = new Set(EVENT_FIELDS.map(({ name }) => name));
const STARTED_NAMES: ReadonlySet<string> = new Set(
  Object.keys({
    id: true,
    atMs: true,
    usage: true,
    context: true,
    answeredModel: true,
    upstreamRequestId: true,
  } satisfies Record<keyof StartedRecord, true>),
);

/** A field without a name here, such as a version, was written by a newer program. */
function readObject(value: unknown): SpoolRecord | null {
  if (!isObject(value)) return null;
  const [[kind, said] = ["", null], ...others] = Object.entries(value);
  if (others.length > 0 || !isObject(said) || typeof said.id !== "string") return null;
  const names = kind === "started" ? STARTED_NAMES : kind === "open" || kind === "close" ? EVENT_NAMES : null;
  if (names === null || Object.keys(said).some((name) => !names.has(name))) return null;
  if (kind === "started" && !(isObject(said.usage) && isObject(said.context))) return null;
  return value as unknown as SpoolRecord;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Eight lower-case hexadecimal digits. */
function writeHex(line: Buffer, at: number, value: number): void {
  for (let digit = 0; digit < 8; digit += 1) {
    const four = (value >>> (28 - digit * 4)) & 15;
    line[at + digit] = four < 10 ? 0x30 + four : 0x57 + four;
  }
}
