import { isUtf8 } from "node:buffer";
import { AppError } from "#core/errors.ts";
import { type BodyIndex, BodyScan } from "#core/json-index/body-index.ts";
import { type Linked, LinkedList } from "#core/linked-list.ts";
import type { LiveCounters } from "../process/proxy-context.ts";
import { BufferPool } from "./buffer-pool.ts";

export const BODY_BYTES_MAX = 32 * 1024 * 1024;
/**
 * Bytes of all bodies held at one moment. Usual ones are 50 to 130 kB, so this is a thousand of them, or four of the
 * largest.
 */
const HELD_BYTES_MAX = 128 * 1024 * 1024;
/**
 * Free bytes in front of the body. They are for the head of the request that carries it on, and for longer names in its
 * first bytes.
 */
export const HEAD_ROOM_BYTES = 8 * 1024;
/** Size up to which a body is allocated, and indexed, in one go. */
export const TRUSTED_LENGTH_BYTES = 1024 * 1024;
/** One slice of indexing; larger bodies yield to others in between. */
const SLICE_BYTES = 256 * 1024;

/** A body that was sent and is kept in case the served model refuses. */
export interface KeptBody extends Linked<KeptBody> {
  /** Whether a refusal would be followed by sending it again; else it is not missed. */
  readonly isFallback: boolean;
  /** Evicts it and returns its bytes to the budget; false when that cannot be yet. */
  drop(): boolean;
}

/** A body that is still arriving. */
export interface ComingBody extends Linked<ComingBody> {
  /** Ends it, responds to its caller, and returns its bytes to the budget at once. */
  refuse(problem: AppError): void;
}

/**
 * Budget of the bytes of all bodies in memory. When it is exhausted, bodies that were sent are evicted: first those no
 * fallback needs, then the oldest that were kept for a fallback. Only then a request is refused: of those still
 * arriving the one that began last, so that the first ones get through under any load.
 */
export class BodyBudget {
  readonly memory = new BufferPool();
  private readonly live: LiveCounters;
  private readonly max: number;
  /** Bodies still arriving, oldest first. */
  private readonly kept = new LinkedList<KeptBody>();
  private readonly coming = new LinkedList<ComingBody>();

  constructor(live: LiveCounters, max = HELD_BYTES_MAX) {
    this.live = live;
    this.max = max;
  }

  begin(body: ComingBody): void {
    this.coming.add(body);
  }

  /** Removes a body that has arrived, or will not. */
  end(body: ComingBody): void {
    this.coming.remove(body);
  }

  /** Reserves bytes; throws when this is the body to be refused. */
  take(bytes: number, body: ComingBody): void {
    if (this.live.bodyBytesHeld + bytes > this.max && !this.makeRoom(bytes)) this.refuseNewest(bytes, body);
    this.live.bodyBytesHeld += bytes;
  }

  private refuseNewest(bytes: number, body: ComingBody): void {
    while (this.live.bodyBytesHeld + bytes > this.max) {
      const { newest } = this.coming;
      if (newest === null || newest === body) throw new AppError("busy");
      this.coming.remove(newest);
      newest.refuse(new AppError("busy"));
    }
  }

  keep(body: KeptBody): void {
    this.kept.add(body);
  }

  forget(body: KeptBody): void {
    this.kept.remove(body);
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

/** The caller hung up: there is no one to respond to. */
export class ClientGone extends Error {}

/**
 * Indexes the body; refuses everything but one unambiguous JSON object. Synchronous as a rule, so that the index is
 * still in the processor's caches when the body is adapted; a large or unusual one is a promise, and yields to others
 * in between.
 */
export function indexOfBody(bytes: Buffer): BodyIndex | Promise<BodyIndex> {
  const scan = new BodyScan(bytes, isUtf8);
  return scan.advance(SLICE_BYTES) ? indexFound(scan) : indexInTurns(scan, bytes.length);
}

async function indexInTurns(scan: BodyScan, length: number): Promise<BodyIndex> {
  for (let limit = 2 * SLICE_BYTES; !scan.advance(limit); limit += SLICE_BYTES) {
    if (length > TRUSTED_LENGTH_BYTES) await new Promise((resolve) => setImmediate(resolve));
  }
  return indexFound(scan);
}

function indexFound(scan: BodyScan): BodyIndex {
  const result = scan.result();
  if (!result.ok) throw new AppError("request.invalid", {}, result.error.message);
  return result.value;
}
