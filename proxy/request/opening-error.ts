import { isTextAt, toAscii } from "#core/json-index/ascii.ts";
import { ownValue } from "#core/own-value.ts";
import { readErrorType } from "#core/protocol/error-body.ts";
import { isEventStream } from "#core/protocol/event-stream-type.ts";
import { SseLines } from "#core/protocol/sse-lines.ts";
import type { Exchange } from "../upstream/client.ts";

/** The usual beginning of a stream: then nothing has to be read. */
const USUAL_START = toAscii("event: message_start\n");
/** Longer than any provider takes to report an overload, and shorter than a silence that callers give up after. */
const WAIT_MS = 10_000;
const BYTES_MAX = 64 * 1024;
/** The HTTP status of an error that arrives as an event of a stream. */
const STATUSES: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/**
 * Finds the status of the error that a begun stream opens with instead of a message. Null when the stream opens with
 * anything else. Pings are skipped. Nothing of the stream is consumed: it can still be passed on whole. What arrived
 * with the head is judged at once.
 */
export function openingError(exchange: Exchange, waitMs = WAIT_MS): number | null | Promise<number | null> {
  if (exchange.status !== 200 || !isEventStream(exchange.headers["content-type"])) return null;
  if (exchange.isCoded) return null;
  const opening = new Opening(exchange);
  if (opening.isKnown()) return opening.status;
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      exchange.watch(null);
      resolve(opening.status);
    };
    const timer = setTimeout(done, waitMs);
    timer.unref();
    exchange.watch(() => {
      if (opening.isKnown()) done();
    });
  });
}

/** Reads the queued first events of a stream. */
class Opening {
  status: number | null = null;
  private isFound = false;
  private chunksRead = 0;
  private bytesRead = 0;
  private readonly lines = new SseLines((_name, bytes, start, end) => this.event(bytes.subarray(start, end)));

  constructor(private readonly exchange: Exchange) {}

  isKnown(): boolean {
    const { early } = this.exchange;
    const [first] = early;
    if (first !== undefined && isTextAt(first, 0, USUAL_START)) return true;
    for (; !this.isFound && this.chunksRead < early.length; this.chunksRead++) {
      const chunk = early[this.chunksRead] as Buffer;
      this.bytesRead += chunk.length;
      this.lines.push(chunk);
    }
    if (this.exchange.isOver) this.lines.end();
    return this.isFound || this.exchange.isOver || this.bytesRead > BYTES_MAX;
  }

  private event(data: Uint8Array): void {
    if (this.isFound) return;
    const text = Buffer.from(data).toString("utf8");
    if (/^\s*\{\s*"type"\s*:\s*"ping"/.test(text)) return;
    this.isFound = true;
    if (/"type"\s*:\s*"error"/.test(text)) this.status = ownValue(STATUSES, readErrorType(text) ?? "") ?? null;
  }
}
