import { isUtf8 } from "node:buffer";
import { AppError } from "#core/errors.ts";
import { type BodyIndex, BodyScan } from "#core/protocol/body-index.ts";
import { BodyMemory } from "./body-memory.ts";
import type { LiveCounters } from "./context.ts";
import type { CallerRequest } from "./wire/caller-side.ts";

export const BODY_BYTES_MAX = 32 * 1024 * 1024;
/** All bodies held at one moment. Usual ones are 50 to 130 kB, so this is a thousand of them, or four of the largest. */
export const HELD_BYTES_MAX = 128 * 1024 * 1024;
/** Room in front of the body: for the head of the request that carries it on, and for longer names in its first bytes. */
export const HEAD_ROOM_BYTES = 8 * 1024;
/** Below this the announced length is believed and allocated at once; beyond it as soon as so much has come. */
const TRUSTED_LENGTH_BYTES = 1024 * 1024;
/** Read of one body before others have a turn: where bytes come faster than they are taken in, a socket is never empty. */
const TURN_BYTES = 512 * 1024;
/** One slice of indexing; larger bodies give others a turn in between. */
const SLICE_BYTES = 256 * 1024;

/** A body that was sent and is kept in case the served model refuses. */
export interface KeptBody {
  /** A refusal would be answered with it; else nobody will miss it. */
  readonly isFallback: boolean;
  /** Lets go of it and gives its bytes back; false when that cannot be yet. */
  drop(): boolean;
}

/**
 * Counts the bytes of all bodies in memory. When there is no room, bodies that were sent make some: first those nobody
 * will ask for, then the oldest that were kept for a fallback. Only then is somebody refused.
 */
export class BodyBudget {
  readonly memory = new BodyMemory();
  private readonly live: LiveCounters;
  private readonly max: number;
  /** Oldest first. */
  private readonly kept = new Set<KeptBody>();

  constructor(live: LiveCounters, max = HELD_BYTES_MAX) {
    this.live = live;
    this.max = max;
  }

  take(bytes: number): void {
    if (this.live.bodyBytesHeld + bytes > this.max && !this.makeRoom(bytes)) throw new AppError("busy");
    this.live.bodyBytesHeld += bytes;
  }

  keep(body: KeptBody): void {
    this.kept.add(body);
  }

  forget(body: KeptBody): void {
    this.kept.delete(body);
  }

  private makeRoom(bytes: number): boolean {
    for (const isFallback of [false, true]) {
      for (const body of this.kept) {
        if (body.isFallback !== isFallback || !body.drop()) continue;
        if (isFallback) this.live.fallbacksLost++;
        if (this.live.bodyBytesHeld + bytes <= this.max) return true;
      }
    }
    return false;
  }

  give(bytes: number): void {
    this.live.bodyBytesHeld -= bytes;
  }
}

/** Reads a body into one buffer. `take` is asked before each piece that really arrives is kept, and may refuse by throwing. */
export function readBody(request: CallerRequest, memory: BodyMemory, take: (bytes: number) => void): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? -1);
  if (announced > BODY_BYTES_MAX) throw new AppError("request.too-large", {}, tooLarge());
  return new Promise((resolve, reject) => {
    let buffer = memory.take(HEAD_ROOM_BYTES + Math.min(Math.max(announced, 0), TRUSTED_LENGTH_BYTES));
    let end = HEAD_ROOM_BYTES;
    let isFailed = false;
    let isEnded = false;
    let turnBytes = 0;
    const restForATurn = () => {
      turnBytes = 0;
      request.pause();
      setImmediate(() => {
        // Not `complete`: the parser may be done with what still waits here.
        if (!isFailed && !isEnded) request.resume();
      });
    };
    const fail = (problem: AppError) => {
      isFailed = true;
      buffer = NOTHING;
      request.pause();
      reject(problem);
    };
    request.on("data", (chunk: Buffer) => {
      if (isFailed) return;
      if (end + chunk.length - HEAD_ROOM_BYTES > BODY_BYTES_MAX) {
        fail(new AppError("request.too-large", {}, tooLarge()));
        return;
      }
      try {
        take(chunk.length);
      } catch (problem) {
        fail(problem as AppError);
        return;
      }
      if (end + chunk.length > buffer.length) buffer = grown(buffer, end, chunk.length, announced);
      end += chunk.copy(buffer, end);
      turnBytes += chunk.length;
      if (turnBytes > TURN_BYTES) restForATurn();
    });
    request.on("end", () => {
      isEnded = true;
      resolve(buffer.subarray(HEAD_ROOM_BYTES, end));
      // These listeners live as long as the answer takes; the body must not.
      buffer = NOTHING;
    });
    request.on("close", () => {
      if (!request.complete) reject(new ClientGone());
    });
  });
}

const NOTHING = Buffer.alloc(0);

/** The caller hung up: nobody is left to be answered. */
export class ClientGone extends Error {}

/** Indexes the body; refuses what is not one unambiguous JSON object. */
export async function indexOfBody(bytes: Buffer): Promise<BodyIndex> {
  const scan = new BodyScan(bytes, isUtf8);
  let limit = SLICE_BYTES;
  while (!scan.advance(limit)) {
    limit += SLICE_BYTES;
    if (bytes.length > TRUSTED_LENGTH_BYTES) await new Promise((resolve) => setImmediate(resolve));
  }
  const result = scan.result();
  if (!result.ok) throw new AppError("request.invalid", {}, result.error.message);
  return result.value;
}

/** By now the announced length is believed: memory that nothing was written to yet costs next to nothing. */
function grown(buffer: Buffer, used: number, more: number, announced: number): Buffer {
  const wanted = Math.max(buffer.length * 2, used + more, HEAD_ROOM_BYTES + announced);
  const larger = Buffer.allocUnsafeSlow(Math.min(wanted, HEAD_ROOM_BYTES + BODY_BYTES_MAX));
  buffer.copy(larger, 0, 0, used);
  return larger;
}

const tooLarge = () => `The request body is larger than ${BODY_BYTES_MAX / 1024 / 1024} MB.`;
