import type { CacheKey } from "#core/cache/cache-key.ts";
import type { StorableEndpoint } from "#core/cache/cacheable.ts";
import { notKept } from "#core/cache/kept-answer.ts";
import type { RequestContext } from "../request/context.ts";
import type { CachedResponse } from "./cached-response.ts";
import type { InflightRequest } from "./inflight-requests.ts";
import { ANSWER_BYTES_MAX, type ResponseCache } from "./response-cache.ts";
import type { SharedKeyFields } from "./shared-keys.ts";

interface Recording {
  key: CacheKey;
  endpoint: StorableEndpoint;
  place: SharedKeyFields;
  cache: ResponseCache;
  /** Set for the request that others wait for. */
  inflight: InflightRequest | null;
  now(): number;
}

/**
 * Collects a response as the provider sends it, and stores it once it is whole and good. In every other case nothing is
 * stored; the requests that wait for it are settled in every case.
 */
export class ResponseRecorder {
  private readonly ctx: RequestContext;
  private readonly recording: Recording;
  private readonly purgeSerial: number;
  private chunks: Uint8Array[] = [];
  private bytes = 0;
  private isOver = false;

  constructor(ctx: RequestContext, recording: Recording) {
    this.ctx = ctx;
    this.recording = recording;
    this.purgeSerial = recording.cache.purgeSerial;
  }

  push(chunk: Uint8Array): void {
    if (this.isOver) return;
    const fits = this.bytes + chunk.length <= ANSWER_BYTES_MAX && this.recording.cache.takeRoom(chunk.length);
    if (!fits) {
      this.torn();
      return;
    }
    this.chunks.push(chunk);
    this.bytes += chunk.length;
  }

  /** The provider has ended the response in an orderly way. */
  whole(contentType: string): void {
    if (this.isOver) return;
    let answer: CachedResponse | null = null;
    try {
      answer = this.goodAnswer(contentType);
      if (answer !== null) this.recording.cache.keep(this.recording.key, answer, this.recording.place);
    } catch {
      // A failure in here costs an entry, not a response.
    }
    this.finish(answer);
  }

  /** Discards a response that ended early or lost its reader. Safe to call at any time. */
  torn(): void {
    if (!this.isOver) this.finish(null);
  }

  /** Settles with a response found elsewhere in the meantime: the requests that wait get it too. */
  hand(answer: CachedResponse): void {
    if (!this.isOver) this.finish(answer);
  }

  private goodAnswer(contentType: string): CachedResponse | null {
    const { ctx, recording } = this;
    const { meter } = ctx.delivery;
    // A refusal of the served model was replaced by the asked one's response: that has another key.
    if (meter === null || (ctx.choice !== null && ctx.choice.served !== recording.place.servedModel)) return null;
    // An exact copy: a view would keep the network's whole buffers alive.
    const body = Buffer.allocUnsafeSlow(this.bytes);
    let at = 0;
    for (const chunk of this.chunks) {
      body.set(chunk, at);
      at += chunk.length;
    }
    const { status, isStream, upstreamRequestId } = ctx.head;
    const { isComplete, stopReason, errorType } = meter;
    const ending = { endpoint: recording.endpoint, status, isStream, isComplete, stopReason, errorType };
    if (notKept(ending, body) !== null) return null;
    return {
      endpoint: recording.endpoint,
      body,
      isStream,
      contentType,
      requestId: upstreamRequestId,
      servedModel: recording.place.servedModel,
      personId: ctx.admitted.caller?.personId ?? null,
      storedAtMs: recording.now(),
      tookMs: ctx.elapsedMs(),
      purgeSerial: this.purgeSerial,
      meter,
    };
  }

  private finish(answer: CachedResponse | null): void {
    this.isOver = true;
    this.recording.cache.giveRoom(this.bytes);
    this.chunks = [];
    this.recording.inflight?.settle(answer);
  }
}
