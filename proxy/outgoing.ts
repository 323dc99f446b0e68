import { type Edit, lengthOf, splice } from "#core/protocol/splice.ts";
import { HEAD_ROOM_BYTES } from "./body.ts";
import type { BodyMemory } from "./body-memory.ts";
import type { RequestBody } from "./wire/request-parts.ts";

/** Moving more than this costs more than copying the whole body once. */
const MOVED_BYTES_MAX = 16 * 1024;
/** Where what is written anew is put together: it may lie where some of it comes from. */
const desk = Buffer.allocUnsafeSlow(2 * MOVED_BYTES_MAX);
const NOTHING = Buffer.alloc(0);

/** A body ready to be sent, and the way back to the original for a fallback. */
export interface Outgoing {
  body: RequestBody;
  /** Memory of its own that `body` lies in, when it does not lie in the caller's. */
  copy: Uint8Array | null;
  /** The body as the caller sent it, byte for byte. Call it only when `body` is no longer being sent. */
  original(): RequestBody;
}

/**
 * The body with every edit made. `body` lies in memory of its own, with HEAD_ROOM_BYTES in front; without edits it goes as it is.
 */
export function outgoingBody(body: Buffer, edits: readonly Edit[], memory: BodyMemory): Outgoing {
  const original = { bytes: body, roomBytes: HEAD_ROOM_BYTES };
  if (edits.length === 0) return { body: original, copy: null, original: () => original };
  const chunks = splice(body, edits);
  const moved = movedInto(body, chunks);
  if (moved !== null) return moved;
  const copy = copied(chunks, memory);
  return { body: { bytes: copy, roomBytes: HEAD_ROOM_BYTES }, copy, original: () => original };
}

/**
 * The longest piece between two edits stays where it is and is never copied; what stands before it and behind it is written
 * anew around it, the way back being kept. Claude Code writes the model first and its settings last, and what models differ in
 * stands there and in the first messages: mostly these are a few kilobytes.
 */
function movedInto(body: Buffer, chunks: readonly Uint8Array[]): Outgoing | null {
  const staying = longestOf(body, chunks);
  if (staying === -1) return null;
  const { byteOffset, length } = chunks[staying] as Uint8Array;
  const start = byteOffset - body.byteOffset;
  const end = start + length;
  const frontBytes = bytesOf(chunks, 0, staying);
  const backBytes = bytesOf(chunks, staying + 1, chunks.length);
  const roomBytes = HEAD_ROOM_BYTES + start - frontBytes;
  const memory = new Uint8Array(body.buffer, body.byteOffset - HEAD_ROOM_BYTES);
  if (Math.max(start, body.length - end) > MOVED_BYTES_MAX || frontBytes + backBytes > desk.length) return null;
  if (roomBytes < 0 || HEAD_ROOM_BYTES + end + backBytes > memory.length) return null;
  // The head of the request may be written over the first of these as well.
  const before = Buffer.from(body.subarray(0, start));
  const behind = end === body.length ? NOTHING : Buffer.from(body.subarray(end));
  let at = 0;
  for (let i = 0; i < chunks.length; i++) {
    if (i === staying) continue;
    desk.set(chunks[i] as Uint8Array, at);
    at += (chunks[i] as Uint8Array).length;
  }
  memory.set(desk.subarray(0, frontBytes), roomBytes);
  if (backBytes > 0) memory.set(desk.subarray(frontBytes, at), HEAD_ROOM_BYTES + end);
  return {
    body: { bytes: memory.subarray(roomBytes, HEAD_ROOM_BYTES + end + backBytes), roomBytes },
    copy: null,
    original: () => {
      body.set(before, 0);
      body.set(behind, end);
      return { bytes: body, roomBytes: HEAD_ROOM_BYTES };
    },
  };
}

function bytesOf(chunks: readonly Uint8Array[], from: number, to: number): number {
  let bytes = 0;
  for (let i = from; i < to; i++) bytes += (chunks[i] as Uint8Array).length;
  return bytes;
}

/** Which of the body's own pieces is the longest; -1 when none is left. */
function longestOf(body: Buffer, chunks: readonly Uint8Array[]): number {
  let longest = -1;
  let bytes = 0;
  for (let position = 0; position < chunks.length; position++) {
    const chunk = chunks[position] as Uint8Array;
    if (chunk.length <= bytes || chunk.buffer !== body.buffer) continue;
    longest = position;
    bytes = chunk.length;
  }
  return longest;
}

/** All pieces in memory of their own, with room for a head in front of it. */
function copied(chunks: readonly Uint8Array[], memory: BodyMemory): Uint8Array {
  const end = HEAD_ROOM_BYTES + lengthOf(chunks);
  const copy = memory.take(end);
  let at = HEAD_ROOM_BYTES;
  for (const chunk of chunks) {
    copy.set(chunk, at);
    at += chunk.length;
  }
  return copy.subarray(HEAD_ROOM_BYTES, end);
}
