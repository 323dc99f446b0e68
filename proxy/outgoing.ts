import { type Edit, lengthOf, splice } from "#core/protocol/splice.ts";
import { HEAD_ROOM_BYTES } from "./body.ts";
import type { BodyMemory } from "./body-memory.ts";
import type { RequestBody } from "./wire/request-parts.ts";

/** Moving more than this in front of the edit costs more than copying the whole body once. */
const MOVED_BYTES_MAX = 16 * 1024;

/** A body ready to be sent, and the way back to the original for a fallback. */
export interface Outgoing {
  body: RequestBody;
  /** Memory of its own that `body` lies in, when it does not lie in the caller's. */
  copy: Uint8Array | null;
  /** The body as the caller sent it, byte for byte. Call it only when `body` is no longer being sent. */
  original(): RequestBody;
}

/** The body with every edit made; `body` has HEAD_ROOM_BYTES of its own in front. Without edits it is the caller's own buffer. */
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
 * Claude Code writes the model first, so putting in another name means moving the few bytes before it: the rest of the
 * body stays where it is and is never copied. What is overwritten is kept for the way back.
 */
function movedInto(body: Buffer, chunks: readonly Uint8Array[]): Outgoing | null {
  const rest = chunks[chunks.length - 1];
  if (rest === undefined || rest.buffer !== body.buffer || chunks.length > 3) return null;
  const front = Buffer.concat(chunks.slice(0, -1));
  const restAt = rest.byteOffset - body.byteOffset;
  const roomBytes = HEAD_ROOM_BYTES + restAt - front.length;
  if (front.length > MOVED_BYTES_MAX || roomBytes < 0) return null;
  // The head of the request may be written over these as well.
  const overwritten = Buffer.from(body.subarray(0, restAt));
  const memory = new Uint8Array(body.buffer, body.byteOffset - HEAD_ROOM_BYTES, HEAD_ROOM_BYTES + body.length);
  memory.set(front, roomBytes);
  return {
    body: { bytes: memory.subarray(roomBytes), roomBytes },
    copy: null,
    original: () => {
      body.set(overwritten, 0);
      return { bytes: body, roomBytes: HEAD_ROOM_BYTES };
    },
  };
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
