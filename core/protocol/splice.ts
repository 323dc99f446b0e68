import { invariant } from "#core/invariant.ts";
import { BoundedCache } from "#core/memo.ts";
import type { Span } from "../json-index/json-scan.ts";

/** One span of the original bytes and its replacement. `why` is kept for the request's record. */
export interface Edit extends Span {
  bytes: Uint8Array;
  why: string;
}

const encoder = new TextEncoder();

/** Builds the edit that replaces the requested model's name. */
export function modelEdit(span: Span, model: string, why: string): Edit {
  return { start: span.start, end: span.end, bytes: modelBytes(model), why };
}

const names = new BoundedCache<string, Uint8Array>({ entriesMax: 512 });

/** A model's name as JSON. */
function modelBytes(model: string): Uint8Array {
  const known = names.get(model);
  if (known !== undefined) return known;
  const bytes = encoder.encode(JSON.stringify(model));
  if (model.length <= TEXT_LENGTH_MAX) names.set(model, bytes);
  return bytes;
}

const TEXT_LENGTH_MAX = 256;
const texts = new BoundedCache<string, Uint8Array>({ entriesMax: 512 });

/**
 * Encodes an edit's text, memoised; the bytes must not be modified. A handful of texts goes into every request and
 * out of every response.
 */
export function editBytes(text: string): Uint8Array {
  const known = texts.get(text);
  if (known !== undefined) return known;
  const bytes = encoder.encode(text);
  if (text.length > TEXT_LENGTH_MAX) return bytes;
  texts.set(text, bytes);
  return bytes;
}

/**
 * Applies every edit and returns the bytes as a list of chunks. Unchanged parts are views of the original, and nothing
 * is copied. Without edits the original itself comes back, so an unmatched request is forwarded unchanged.
 */
export function splice(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array[] {
  if (edits.length === 0) return [bytes];
  const ordered = edits.length === 1 ? edits : [...edits].sort((a, b) => a.start - b.start);
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const edit of ordered) {
    invariant(
      edit.start >= at && edit.end >= edit.start && edit.end <= bytes.length,
      "edits overlap or leave the body",
    );
    if (edit.start > at) chunks.push(bytes.subarray(at, edit.start));
    if (edit.bytes.length > 0) chunks.push(edit.bytes);
    at = edit.end;
  }
  if (at < bytes.length) chunks.push(bytes.subarray(at));
  return chunks;
}

export function totalLength(chunks: readonly Uint8Array[]): number {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  return length;
}

/** Joins chunks into one array; a single chunk is returned as it is. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const all = new Uint8Array(totalLength(chunks));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
