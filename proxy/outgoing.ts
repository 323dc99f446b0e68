import { invariant } from "#core/invariant.ts";
import { type Edit, joined, lengthOf, splice } from "#core/protocol/splice.ts";
import { HEAD_ROOM_BYTES } from "./body.ts";

/** Moving more than this in front of the edit costs more than copying the whole body once. */
const MOVED_BYTES_MAX = 16 * 1024;

/** A body ready to be sent, and the way back to the original for a fallback. */
export interface Outgoing {
  bytes: Uint8Array;
  /** The body as the caller sent it, byte for byte. Call it only when `bytes` is no longer being sent. */
  original(): Uint8Array;
}

/** The body with every edit made. Without edits it is the caller's own buffer, untouched. */
export function outgoingBody(body: Buffer, edits: readonly Edit[]): Outgoing {
  if (edits.length === 0) return { bytes: body, original: () => body };
  const chunks = splice(body, edits);
  return movedInto(body, chunks) ?? { bytes: joined(chunks), original: () => body };
}

/**
 * Claude Code writes the model first, so putting in another name means moving the few bytes before it: the rest of the
 * body stays where it is and is never copied. What is overwritten is kept for the way back.
 */
function movedInto(body: Buffer, chunks: readonly Uint8Array[]): Outgoing | null {
  const rest = chunks[chunks.length - 1];
  if (rest === undefined || rest.buffer !== body.buffer || chunks.length > 3) return null;
  const front = chunks.slice(0, -1);
  const frontLength = lengthOf(front);
  const restAt = rest.byteOffset - body.byteOffset;
  if (frontLength > MOVED_BYTES_MAX || frontLength > restAt + HEAD_ROOM_BYTES) return null;
  const room = new Uint8Array(body.buffer, body.byteOffset - HEAD_ROOM_BYTES, HEAD_ROOM_BYTES + body.length);
  invariant(body.byteOffset >= HEAD_ROOM_BYTES, "the body has its head room");
  const overwritten = new Uint8Array(body.subarray(0, restAt));
  const moved = joined(front.map((chunk) => new Uint8Array(chunk)));
  const start = HEAD_ROOM_BYTES + restAt - frontLength;
  room.set(moved, start);
  return {
    bytes: room.subarray(start),
    original: () => {
      body.set(overwritten, 0);
      return body;
    },
  };
}
