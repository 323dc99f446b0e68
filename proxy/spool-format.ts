import { crc32 } from "node:zlib";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { PriceContext, Usage } from "#core/costs/usage.ts";

/** Everything about a request that is known before it is sent upstream. */
export type OpenRecord = Pick<
  RequestEvent,
  | "id"
  | "startedAtMs"
  | "instanceId"
  | "endpoint"
  | "streamed"
  | "requestedModel"
  | "servedModel"
  | "decision"
  | "reason"
  | "ruleId"
  | "ruleVersion"
  | "edits"
  | "project"
  | "team"
  | "personId"
  | "proxyKeyId"
  | "sessionId"
  | "agentId"
  | "parentAgentId"
  | "clientName"
  | "clientVersion"
  | "billingMode"
  | "cache"
  | "cacheReason"
  | "requestBytes"
>;

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

/** `llllllll cccccccc {json}\n`: length and CRC-32 of the JSON, in hex. A line, so that a reader finds the next record after a bad one. */
const HEADER_BYTES = 18;
const NEWLINE = 0x0a;
/** A length beyond this is a damaged header, not a record. */
export const RECORD_BYTES_MAX = 1024 * 1024;

/** Where records are written out before they go to the file: one at a time, so one place is enough. */
const desk = Buffer.allocUnsafeSlow(64 * 1024);

/** The line of a record. It is lent until the next call: whoever keeps it longer makes a copy. */
export function encodeRecord(record: SpoolRecord): Buffer {
  const json = JSON.stringify(record);
  // A character takes three bytes at most.
  const room = HEADER_BYTES + json.length * 3 + 1;
  const line = room <= desk.length ? desk : Buffer.allocUnsafe(room);
  const end = HEADER_BYTES + line.write(json, HEADER_BYTES, "utf8");
  const written = line.subarray(HEADER_BYTES, end);
  line.write(`${hex8(written.length)} ${hex8(crc32(written))} `, 0, "latin1");
  line[end] = NEWLINE;
  return line.subarray(0, end + 1);
}

export type Decoded =
  /** `end` is the offset of the next record. */
  | { kind: "record"; record: SpoolRecord; end: number }
  /** Bytes that are no record; the next may begin at `end`. */
  | { kind: "bad"; end: number }
  /** No whole record here yet: the writer may still be at it. */
  | { kind: "incomplete" };

/**
 * Reads the record that begins at `start`. `isFinal` says that nothing will ever be added to these bytes: an incomplete
 * record followed by whole lines is then a damaged one.
 */
export function decodeRecord(bytes: Buffer, start: number, isFinal: boolean): Decoded {
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
  const record = parsed(json);
  return record === null ? { kind: "bad", end } : { kind: "record", record, end };
}

function headerAt(bytes: Buffer, start: number): { length: number; crc: number } | "short" | "damaged" {
  if (bytes.length - start < HEADER_BYTES) return "short";
  const fields = /^([0-9a-f]{8}) ([0-9a-f]{8}) $/.exec(bytes.toString("latin1", start, start + HEADER_BYTES));
  if (!fields) return "damaged";
  const length = Number.parseInt(fields[1] ?? "", 16);
  return length > RECORD_BYTES_MAX ? "damaged" : { length, crc: Number.parseInt(fields[2] ?? "", 16) };
}

/** Written JSON holds no raw newline, so the next one ends the damaged record, or the one its damage swallowed. */
function badUntilNextLine(bytes: Buffer, start: number): Decoded {
  const newline = bytes.indexOf(NEWLINE, start);
  return newline === -1 ? { kind: "incomplete" } : { kind: "bad", end: newline + 1 };
}

function parsed(json: Buffer): SpoolRecord | null {
  try {
    const value: unknown = JSON.parse(json.toString("utf8"));
    return typeof value === "object" && value !== null && ("open" in value || "started" in value || "close" in value)
      ? (value as SpoolRecord)
      : null;
  } catch {
    return null;
  }
}

const hex8 = (value: number): string => value.toString(16).padStart(8, "0");
