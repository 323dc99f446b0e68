import { isRecord, list } from "../untyped-json.ts";
import type { BatchEstimate } from "./batch-estimate.ts";
import { isBatchId } from "./batch-id.ts";
import type { ShownBatch } from "./shown-batch.ts";

/**
 * What the record of a request says of batches. `line`: the event is one answered request of a batch. `created`: the
 * request made it; the estimate is null where its body could not be read. `seen`: the answer said something new of
 * batches. `results`: the request read results, and the counts are of lines that were booked, cost nothing, or could not
 * be read.
 */
export type BatchNote =
  | { kind: "line"; id: string }
  | { kind: "created"; id: string; createdAtMs: number; estimate: BatchEstimate | null }
  | { kind: "seen"; batches: readonly ShownBatch[] }
  | ResultsNote;

interface ResultsNote {
  kind: "results";
  id: string;
  /** Null: not known, so that nothing was booked. */
  createdAtMs: number | null;
  booked: number;
  free: number;
  unread: number;
  /** Why the first of them could not be read. */
  why: string | null;
  /** All of the results passed and were read. */
  isWhole: boolean;
}

/** Counts of what was read of results. */
export type ResultsCounts = Pick<ResultsNote, "booked" | "free" | "unread" | "why">;

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
  if (!isRecord(raw)) return null;
  if (raw.kind === "seen") return { kind: "seen", batches: list(raw.batches).flatMap(toShown) };
  const { id, kind, createdAtMs } = raw;
  if (!isBatchId(id)) return null;
  if (kind === "created")
    return isCount(createdAtMs) ? { kind, id, createdAtMs, estimate: toEstimate(raw.estimate) } : null;
  if (kind !== "results") return null;
  const { booked, free, unread, why } = raw;
  if (!isCount(booked) || !isCount(free) || !isCount(unread)) return null;
  return {
    kind,
    id,
    createdAtMs: isCount(createdAtMs) ? createdAtMs : null,
    booked,
    free,
    unread,
    why: typeof why === "string" ? why : null,
    isWhole: raw.isWhole === true,
  };
}

function toShown(raw: unknown): ShownBatch[] {
  if (!isRecord(raw) || !isBatchId(raw.id) || !isCount(raw.createdAtMs) || !isCount(raw.requests)) return [];
  const { id, createdAtMs, requests } = raw;
  return [{ id, createdAtMs, requests, state: raw.state === "ended" ? "ended" : "pending" }];
}

function toEstimate(raw: unknown): BatchEstimate | null {
  if (!isRecord(raw) || !isCount(raw.requests)) return null;
  const models = list(raw.models).flatMap((entry): [string, number][] => {
    const [model, requests] = list(entry);
    return typeof model === "string" && isCount(requests) ? [[model, requests]] : [];
  });
  const { estimateNanoUsd: nano } = raw;
  const isAmount = typeof nano === "string" && /^\d{1,18}$/.test(nano);
  return { requests: raw.requests, models, estimateNanoUsd: isAmount ? nano : null };
}

const isCount = (raw: unknown): raw is number => Number.isSafeInteger(raw) && (raw as number) >= 0;

/** Says of which batch a record is, as shown: "msgbatch_01, results: 3 booked, 1 not read (no valid JSON)". */
export function batchWords(text: string | null): string | null {
  const note = parseBatchNote(text);
  if (note === null) return null;
  if (note.kind === "line") return note.id;
  if (note.kind === "created") return `${note.id}, created`;
  if (note.kind === "seen") return note.batches.map(({ id, state }) => `${id}, ${state}`).join("; ");
  const { id, booked, free, unread, why } = note;
  const parts = [`${booked} booked`, free > 0 ? `${free} without cost` : null];
  if (unread > 0) parts.push(`${unread} not read${why === null ? "" : ` (${why})`}`);
  return `${id}, results: ${parts.filter((part) => part !== null).join(", ")}`;
}
