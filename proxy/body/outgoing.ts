import { invariant } from "#core/invariant.ts";
import { type Edit, splice, totalLength } from "#core/protocol/splice.ts";
import type { OutgoingBody } from "../http1/request-parts.ts";
import { HEAD_ROOM_BYTES } from "./body-budget.ts";
import type { BufferPool } from "./buffer-pool.ts";

/** Moving more than this costs more than copying the whole body once. */
const MOVED_BYTES_MAX = 16 * 1024;
/** Size below which a piece is not worth a separate copy. */
const SMALL_BYTES = 1024;
/** Below this length a loop beats the two calls of a copy. */
const SHORT_BYTES = 48;

/** A body ready to be sent, and the way back to the original for a fallback. */
export interface Outgoing {
  body: OutgoingBody;
  /** Memory allocated for it: a copy of the whole body, or of the overwritten bytes. */
  taken: Uint8Array | null;
  /** Restores the body as the caller sent it, byte for byte. Call it only when `body` is no longer being sent. */
  original(): OutgoingBody;
}

/**
 * Applies every edit to a body, with at least the head's size free in front. Without edits it goes unchanged. The edits
 * may be in any order and must not overlap.
 */
export function outgoingBody(body: Buffer, edits: readonly Edit[], memory: BufferPool): Outgoing {
  const original = { bytes: body, roomBytes: HEAD_ROOM_BYTES };
  if (edits.length === 0) return { body: original, taken: null, original: () => original };
  const ordered = inOrder(edits, body.length);
  const moved = movedAround(body, ordered, memory);
  if (moved !== null) return moved;
  const copy = copied(splice(body, ordered), memory);
  return { body: { bytes: copy, roomBytes: HEAD_ROOM_BYTES }, taken: copy, original: () => original };
}

function inOrder(edits: readonly Edit[], length: number): readonly Edit[] {
  let isInOrder = true;
  for (let i = 1; i < edits.length; i++) if ((edits[i] as Edit).start < (edits[i - 1] as Edit).start) isInOrder = false;
  const ordered = isInOrder ? edits : [...edits].sort((a, b) => a.start - b.start);
  let at = 0;
  for (const { start, end } of ordered) {
    invariant(start >= at && end >= start && end <= length, "edits overlap or leave the body");
    at = end;
  }
  return ordered;
}

/**
 * Applies the edits in place. The longest piece between two edits is never copied. The bytes before and behind it are
 * rewritten around it, and the originals kept. Claude Code writes the model first and its settings last. What models
 * differ in stands there and in the first messages: mostly these are a few kilobytes.
 */
function movedAround(body: Buffer, edits: readonly Edit[], memory: BufferPool): Outgoing | null {
  // The number of edits in front of the piece.
  const before = longestPiece(body.length, edits);
  const start = before === 0 ? 0 : (edits[before - 1] as Edit).end;
  const end = before === edits.length ? body.length : (edits[before] as Edit).start;
  if (end <= start || Math.max(start, body.length - end) > MOVED_BYTES_MAX) return null;
  const frontBytes = start + growth(edits, 0, before);
  const backBytes = body.length - end + growth(edits, before, edits.length);
  const roomBytes = HEAD_ROOM_BYTES + start - frontBytes;
  const around = Buffer.from(body.buffer, body.byteOffset - HEAD_ROOM_BYTES);
  if (roomBytes < 0 || HEAD_ROOM_BYTES + end + backBytes > around.length) return null;
  // Copies of the original bytes. What is sent is written over the originals, and the head of the request over the
  // first of these.
  const keptBytes = start + body.length - end;
  const isSmall = keptBytes <= SMALL_BYTES;
  const kept = isSmall ? Buffer.allocUnsafe(keptBytes) : memory.take(keptBytes);
  copyTo(kept, 0, body, 0, start);
  copyTo(kept, start, body, end, body.length);
  write(around, roomBytes, { bytes: kept, from: 0, to: start, shift: 0 }, edits.slice(0, before));
  const behind = { bytes: kept, from: end, to: body.length, shift: start - end };
  write(around, HEAD_ROOM_BYTES + end, behind, edits.slice(before));
  return {
    body: { bytes: around.subarray(roomBytes, HEAD_ROOM_BYTES + end + backBytes), roomBytes },
    taken: isSmall ? null : kept,
    original: () => {
      copyTo(body, 0, kept, 0, start);
      copyTo(body, end, kept, start, start + body.length - end);
      return { bytes: body, roomBytes: HEAD_ROOM_BYTES };
    },
  };
}

/** The number of edits before the longest piece that no edit touches. */
function longestPiece(length: number, edits: readonly Edit[]): number {
  let longest = 0;
  let bytes = -1;
  let at = 0;
  for (let i = 0; i <= edits.length; i++) {
    const end = i === edits.length ? length : (edits[i] as Edit).start;
    if (end - at > bytes) {
      longest = i;
      bytes = end - at;
    }
    at = i === edits.length ? length : (edits[i] as Edit).end;
  }
  return longest;
}

function growth(edits: readonly Edit[], from: number, to: number): number {
  let bytes = 0;
  for (let i = from; i < to; i++) {
    const edit = edits[i] as Edit;
    bytes += edit.bytes.length - (edit.end - edit.start);
  }
  return bytes;
}

/** A part of the original body that was moved: to its own offset plus `shift`. */
interface Part {
  bytes: Buffer;
  from: number;
  to: number;
  shift: number;
}

/** Writes a part of the body with the edits inside it. */
function write(target: Buffer, start: number, { bytes, from, to, shift }: Part, edits: readonly Edit[]): void {
  let at = start;
  let read = from;
  for (const edit of edits) {
    at = copyTo(target, at, bytes, read + shift, edit.start + shift);
    at = copyTo(target, at, edit.bytes, 0, edit.bytes.length);
    read = edit.end;
  }
  copyTo(target, at, bytes, read + shift, to + shift);
}

/** Copies bytes; returns the offset behind them. */
function copyTo(target: Uint8Array, at: number, bytes: Uint8Array, from: number, to: number): number {
  if (to - from > SHORT_BYTES) target.set(bytes.subarray(from, to), at);
  else for (let i = from; i < to; i++) target[at + i - from] = bytes[i] as number;
  return at + to - from;
}

/** All pieces in newly allocated memory, with room for a head in front. */
function copied(chunks: readonly Uint8Array[], memory: BufferPool): Uint8Array {
  const end = HEAD_ROOM_BYTES + totalLength(chunks);
  const copy = memory.take(end);
  let at = HEAD_ROOM_BYTES;
  for (const chunk of chunks) {
    copy.set(chunk, at);
    at += chunk.length;
  }
  return copy.subarray(HEAD_ROOM_BYTES, end);
}
