import { AppError } from "#core/errors.ts";
import type { BodySink, CallerRequest } from "../http1/caller-side.ts";
import { BODY_BYTES_MAX, ClientGone, HEAD_ROOM_BYTES, TRUSTED_LENGTH_BYTES } from "./body-budget.ts";
import type { BufferPool } from "./buffer-pool.ts";

/**
 * Maximum of bytes read of one body before others have a turn. Where bytes come faster than they are taken in, a socket
 * is never empty.
 */
const TURN_BYTES = 512 * 1024;
/** The largest single read. */
const READ_BYTES_MAX = 256 * 1024;
/** Free bytes behind the body, for its last fields to become longer. */
const BACK_ROOM_BYTES = 512;
const NOTHING = Buffer.alloc(0);

/** A body being read into memory. */
interface BodyReading {
  body: Promise<Buffer>;
  /** Ends it: `body` rejects, and its memory is released. */
  stop(problem: AppError): void;
}

/**
 * Reads a body into one buffer with HEAD_ROOM_BYTES in front of it. `take` is called before each piece is kept, and may
 * refuse by throwing. Where the caller's side can, the operating system writes the bytes where they stay.
 */
export function readBody(request: CallerRequest, memory: BufferPool, take: (bytes: number) => void): BodyReading {
  const announced = request.bodyBytes ?? Number(request.headers["content-length"] ?? -1);
  if (announced > BODY_BYTES_MAX) throw tooLarge();
  let stop: BodyReading["stop"] = () => {};
  const body = new Promise<Buffer>((resolve, reject) => {
    const reading = new Reading(request, memory.take(roomFor(announced)), announced, { take, resolve, reject });
    stop = (problem) => void reading.fail(problem);
    if (request.fill !== undefined) request.fill(reading);
    else {
      request.on("data", (chunk) => reading.copy(chunk));
      request.on("end", () => reading.ended());
    }
    request.on("close", () => {
      if (!request.complete) reject(new ClientGone());
    });
  });
  return { body, stop };
}

/**
 * Size of the buffer for a body of an announced length. Below a megabyte the length is believed and allocated at once.
 * Beyond it, that is done as soon as that many bytes arrived.
 */
const roomFor = (announced: number): number =>
  HEAD_ROOM_BYTES + Math.min(Math.max(announced, 0), TRUSTED_LENGTH_BYTES) + BACK_ROOM_BYTES;

interface Outcome {
  take(bytes: number): void;
  resolve(body: Buffer): void;
  reject(problem: AppError): void;
}

class Reading implements BodySink {
  private end = HEAD_ROOM_BYTES;
  private isOver = false;
  private turnBytes = 0;

  constructor(
    private readonly request: CallerRequest,
    private buffer: Buffer,
    private readonly announced: number,
    private readonly outcome: Outcome,
  ) {}

  room(most: number): Uint8Array {
    if (this.end === this.buffer.length) this.grow(most);
    return this.buffer.subarray(this.end, Math.min(this.buffer.length, this.end + most, this.end + READ_BYTES_MAX));
  }

  arrived(bytes: number): boolean {
    if (this.isOver) return false;
    try {
      this.outcome.take(bytes);
    } catch (problem) {
      return this.fail(problem as AppError);
    }
    this.end += bytes;
    this.turnBytes += bytes;
    if (this.turnBytes > TURN_BYTES) this.restForATurn();
    return true;
  }

  copy(chunk: Buffer): void {
    if (!this.isOver && this.end + chunk.length - HEAD_ROOM_BYTES > BODY_BYTES_MAX) this.fail(tooLarge());
    for (let at = 0; at < chunk.length && !this.isOver; ) {
      const copied = chunk.copy(this.room(chunk.length - at), 0, at);
      this.arrived(copied);
      at += copied;
    }
  }

  ended(): void {
    if (this.isOver) return;
    const { buffer, end } = this;
    this.release();
    this.outcome.resolve(buffer.subarray(HEAD_ROOM_BYTES, end));
  }

  fail(problem: AppError): false {
    this.release();
    this.request.pause();
    this.outcome.reject(problem);
    return false;
  }

  /** The request refers to this for as long as the response takes; the body must not live that long. */
  private release(): void {
    this.isOver = true;
    this.buffer = NOTHING;
  }

  private restForATurn(): void {
    this.turnBytes = 0;
    this.request.pause();
    setImmediate(() => {
      // Not `complete`: the parser may be done with what still waits here.
      if (!this.isOver) this.request.resume();
    });
  }

  /** By now the announced length is believed: memory that nothing was written to yet costs next to nothing. */
  private grow(more: number): void {
    const { buffer, end } = this;
    const wanted = Math.max(buffer.length * 2, end + more, HEAD_ROOM_BYTES + this.announced);
    const larger = Buffer.allocUnsafeSlow(Math.min(wanted, HEAD_ROOM_BYTES + BODY_BYTES_MAX));
    buffer.copy(larger, 0, 0, end);
    this.buffer = larger;
  }
}

const tooLarge = () =>
  new AppError("request.too-large", {}, `The request body is larger than ${BODY_BYTES_MAX / 1024 / 1024} MB.`);
