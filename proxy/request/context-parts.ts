import type { ChunkTimes } from "../telemetry/telemetry.ts";
import type { Meter } from "./usage-meter.ts";

/**
 * The head of the response the caller gets. Set by the step that responds: `respond`, a replay from the response cache, or
 * the response to an error, which replaces the status alone.
 */
export interface Head {
  /** 0: no response has begun. */
  readonly status: number;
  readonly isStream: boolean;
  readonly upstreamRequestId: string | null;
  readonly ttfbMs: number | null;
}

/** Stands until a step responds. */
export const NO_HEAD: Head = { status: 0, isStream: false, upstreamRequestId: null, ttfbMs: null };

/**
 * What changes while bytes pass in both directions: the one part that is not replaced but written to, by `readBody`, `forward`,
 * `respond` with its tee, the watch for the caller leaving, and the response to an error.
 */
export interface Delivery {
  requestBytes: number;
  /** The latest request to the provider; null: none was made. */
  exchange: { readonly mayCost: boolean } | null;
  /** Counts the usage of the response; null: none was read. */
  meter: Meter | null;
  /** Null where telemetry is off, and without a stream. */
  chunkTimes: ChunkTimes | null;
  responseBytes: number;
  isComplete: boolean;
  clientLeft: boolean;
  upstreamBroke: boolean;
  errorType: string | null;
}

/** The delivery of a request that has just arrived. */
export const newDelivery = (): Delivery => ({
  requestBytes: 0,
  exchange: null,
  meter: null,
  chunkTimes: null,
  responseBytes: 0,
  isComplete: false,
  clientLeft: false,
  upstreamBroke: false,
  errorType: null,
});
