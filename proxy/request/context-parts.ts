import type { HeldBy } from "#core/access/limit-holder.ts";
import type { LastTurn } from "#core/protocol/last-turn.ts";
import type { MessagesFields } from "#core/protocol/messages-fields.ts";
import type { Pass } from "../keys/key-limiter.ts";
import type { PromptPlace } from "../sessions/prompt-prefixes.ts";
import type { ChunkTimes } from "../telemetry/telemetry.ts";
import type { Caller } from "./find-caller.ts";
import type { Meter } from "./usage-meter.ts";

/** Who calls and what lets the request in. Set by `authorize`, and replaced whole by it when the request comes in a second time. */
export interface Admitted {
  /** Null: not known, or refused without leaving an event. */
  readonly caller: Caller | null;
  /** The limiter's pass, where something is counted: takes the request's cost and its end. */
  readonly pass: Pass | null;
  /** The holders that let it in. */
  readonly entered: HeldBy | null;
}

/** Stands until the request is admitted. */
export const NOT_ADMITTED: Admitted = { caller: null, pass: null, entered: null };

/** What the body asks for. Set by the step that reads its fields. */
export interface Asked {
  readonly fields: MessagesFields;
  /** Null: what stands in its place is a secret and must not be recorded. */
  readonly requestedModel: string | null;
  /** It names files or addresses that the provider reads for it. Found only where a budget counts its size. */
  readonly namesFiles: boolean;
}

/** What the conversation shows. Set by `readConversation`. */
export interface Conversation {
  readonly turn: LastTurn;
  /** How its prompt stands to the agent's last one; null where none is remembered. */
  readonly prompt: PromptPlace | null;
}

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
