import { isRecord, list } from "../untyped-json.ts";
import { isBatchId } from "./batch-id.ts";

/** What an answer of the provider says of a batch. */
export interface ShownBatch {
  id: string;
  createdAtMs: number;
  /** One that is being cancelled has not ended. */
  state: "pending" | "ended";
  /** In any state; 0 where the answer does not count them. */
  requests: number;
}

/** Batches that an answer names: the one it is, or those of its list. Empty for any other answer. */
export function readShownBatches(json: string): ShownBatch[] {
  try {
    const value: unknown = JSON.parse(json);
    const entries = isRecord(value) && Array.isArray(value.data) ? list(value.data) : [value];
    return entries.flatMap(toShown);
  } catch {
    return [];
  }
}

function toShown(raw: unknown): ShownBatch[] {
  if (!isRecord(raw) || !isBatchId(raw.id) || typeof raw.created_at !== "string") return [];
  const createdAtMs = parseInstant(raw.created_at);
  return createdAtMs !== null && isInstant(createdAtMs)
    ? [
        {
          id: raw.id,
          createdAtMs,
          state: raw.processing_status === "ended" ? "ended" : "pending",
          requests: sumCounts(raw.request_counts),
        },
      ]
    : [];
}

function sumCounts(raw: unknown): number {
  const counts = isRecord(raw) ? Object.values(raw) : [];
  const sum = counts.reduce((all: number, one) => all + (Number.isSafeInteger(one) ? Number(one) : 0), 0);
  return Number.isSafeInteger(sum) && sum >= 0 ? sum : 0;
}

const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:Z|([+-])(\d\d):(\d\d))$/;

/** Parses an instant of RFC 3339; null for a text without its zone. */
function parseInstant(text: string): number | null {
  const [, local, sign, hours, minutes] = INSTANT.exec(text) ?? [];
  if (local === undefined) return null;
  const offsetMs = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  return Date.parse(`${local}Z`) - (sign === "-" ? -offsetMs : offsetMs);
}

/** From 2020 to 9999: what lies outside is no time at which a batch was made. */
const isInstant = (ms: number): boolean => ms >= Date.UTC(2020, 0) && ms < Date.UTC(10_000, 0);
