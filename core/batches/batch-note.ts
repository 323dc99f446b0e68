import { isRecord } from "../untyped-json.ts";

/**
 * What the record of a request says of a batch. `line`: the event is one answered request of it. `created`: the request
 * made it. `results`: the request read its results, and the counts are of lines that were booked, cost nothing, or could not be read.
 */
export type BatchNote =
  | { kind: "line"; id: string }
  | { kind: "created"; id: string; createdAtMs: number }
  | { kind: "results"; id: string; booked: number; free: number; unread: number; why: string | null };

const ID = /^[A-Za-z0-9_-]{1,128}$/;

/** Whether a text can be the id of a batch. All that is recorded of batches is under such an id. */
export const isBatchId = (text: unknown): text is string => typeof text === "string" && ID.test(text);

/** Formats a note for the record. Of a line it is the id alone: a batch may have a hundred thousand. */
export const formatBatchNote = (note: BatchNote): string => (note.kind === "line" ? note.id : JSON.stringify(note));

/** Parses a note of a record. Null for a record without one, and for what is no such note. */
export function parseBatchNote(text: string | null): BatchNote | null {
  if (text === null) return null;
  if (isBatchId(text)) return { kind: "line", id: text };
  try {
    return toNote(JSON.parse(text));
  } catch {
    return null;
  }
}

function toNote(raw: unknown): BatchNote | null {
  if (!isRecord(raw) || !isBatchId(raw.id)) return null;
  const { id, kind } = raw;
  if (kind === "created") {
    const { createdAtMs } = raw;
    return isCount(createdAtMs) ? { kind, id, createdAtMs } : null;
  }
  if (kind !== "results") return null;
  const { booked, free, unread, why } = raw;
  if (!isCount(booked) || !isCount(free) || !isCount(unread)) return null;
  return { kind, id, booked, free, unread, why: typeof why === "string" ? why : null };
}

const isCount = (raw: unknown): raw is number => Number.isSafeInteger(raw) && (raw as number) >= 0;

/** Says of which batch a record is, as shown: "msgbatch_01, results: 3 booked, 1 not read (no valid JSON)". */
export function batchWords(text: string | null): string | null {
  const note = parseBatchNote(text);
  if (note === null) return null;
  if (note.kind === "line") return note.id;
  if (note.kind === "created") return `${note.id}, created`;
  const { id, booked, free, unread, why } = note;
  const parts = [`${booked} booked`, free > 0 ? `${free} without cost` : null];
  if (unread > 0) parts.push(`${unread} not read${why === null ? "" : ` (${why})`}`);
  return `${id}, results: ${parts.filter((part) => part !== null).join(", ")}`;
}
