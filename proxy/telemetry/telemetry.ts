import type { RequestEvent } from "#core/activity/request-event.ts";
import type { CallerRequest } from "../http1/caller-side.ts";

/** Steps within the proxy, as their spans are called. The request to the provider is one of another kind: `send`. */
export type Step = "authorize" | "read body" | "decide" | "adapt" | "look in cache" | "open record" | "close record";

/** What a trace says of a request beyond its steps, read when the request is over. */
export interface TracedRequest {
  readonly id: string;
  readonly endpoint: RequestEvent["endpoint"];
  readonly status: number;
  readonly errorType: string | null;
  readonly isStream: boolean;
  readonly requestedModel: string | null;
  /** The record of the request; null where it leaves none: its caller is unknown, or statistics are switched off. */
  readonly event: RequestEvent | null;
}

/** The trace of one request. Each call notes a moment; spans are made of them when the request is over. */
export interface RequestTrace {
  /** Begins a step, which ends the one before. */
  step(step: Step): void;
  /** Begins a request to the provider for this model, which ends the step before. */
  send(model: string | null): void;
  /** Notes the head of the provider's response. */
  answered(status: number): void;
  /** Ends the trace. Never throws. Returns its id. */
  end(request: TracedRequest): string;
}

/** How long the parts of one streamed response kept each other waiting. */
export interface ChunkTimes {
  /** A part has arrived. `tick` is a moment of the monotonic clock, in milliseconds. */
  note(tick: number): void;
}

/** Traces and metrics for a collector. Null in its place: no endpoint is set. */
export interface Telemetry {
  /** Begins the trace of a request, or returns null when it is not among those that are sampled. */
  trace(request: CallerRequest, startedAtMs: number): RequestTrace | null;
  /** Times for a streamed response; null where they are not wanted. */
  chunkTimes(): ChunkTimes | null;
  /** Counts a request that ended. `wasSent`: the provider was asked, however that ended. Never throws. */
  count(event: RequestEvent, wasSent: boolean, chunks: ChunkTimes | null): void;
  /** Sends what waits, within a second and a half; what is left then is lost. Never rejects. */
  stop(): Promise<void>;
}
