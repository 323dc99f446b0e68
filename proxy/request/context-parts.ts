import type { HeldBy } from "#core/access/limit-holder.ts";
import type { CacheResult, DecisionKind, RequestEvent } from "#core/activity/request-event.ts";
import type { LastTurn } from "#core/protocol/last-turn.ts";
import type { MessagesFields } from "#core/protocol/messages-fields.ts";
import type { Edit } from "#core/protocol/splice.ts";
import type { FallbackMode } from "#core/rules/rule-set.ts";
import type { CachedResponse } from "../cache/cached-response.ts";
import type { Pass } from "../keys/key-limiter.ts";
import type { PromptMatch } from "../sessions/prompt-prefixes.ts";
import type { ChunkTimes } from "../telemetry/telemetry.ts";
import type { Caller } from "./find-caller.ts";
import type { Meter } from "./usage-meter.ts";

/**
 * Who calls and what lets the request in. Set by `authorize`, and replaced whole by it when the request comes in a
 * second time.
 */
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
  /** The newest part holds text that a person wrote. A client's request beside the conversation, and an agent's, has none. */
  readonly isHumanTurn: boolean;
  /** How its prompt stands to the agent's last one; null where none is remembered. */
  readonly prompt: PromptMatch | null;
}

/** Which model serves a request and why, after rules, pins and fallback. */
export interface Choice {
  readonly requested: string;
  readonly served: string;
  readonly kind: DecisionKind;
  readonly reason: string;
  readonly ruleId: string | null;
  readonly version: number | null;
  readonly fallback: FallbackMode;
}

/** What the rules and the session's pin say. Set by `choose`. */
export interface Decided {
  readonly choice: Choice;
  /** Where this session's decision is kept, and the model it was made about; null when nothing is kept. */
  readonly pin: { readonly key: string; readonly askedKey: string } | null;
  /** Bucket of the session, 0 to 99, in the share of the deciding rule. Null where no share was asked. */
  readonly arm: number | null;
  /** What rules can look at and nothing else records, as recorded. */
  readonly facts: string | null;
}

/** The changes needed for the served model; none when the asked one serves. */
export interface Changes {
  readonly edits: readonly Edit[];
  /** The betas to send instead of the caller's; null: unchanged. */
  readonly betas: readonly string[] | null;
}

/** What the served model needs. Set by `adaptRequest`. */
export interface Adapted {
  /** The decision, or what is left of it where the served model cannot take the request. */
  readonly choice: Choice;
  readonly changes: Changes;
  /** Changes made for the served model, or the reason it was not used, as recorded. */
  readonly recorded: string | null;
}

/** What the response cache has for the request. Set by the look-up; for endpoints that are never looked up, by the context. */
export interface LookedUp {
  readonly result: CacheResult;
  /** Why it was not looked up; null when it was, and where the cache is off. */
  readonly reason: string | null;
  /** The stored response; null unless it is a hit. */
  readonly answer: CachedResponse | null;
}

/** The way back to the asked model after a refusal by the served one. Set by `forward`. */
export interface FellBack {
  readonly choice: Choice;
  /** The override that was refused. */
  readonly refused: Choice;
  readonly reason: string;
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

/** What the request has left. Set by `settle`. */
export interface Settled {
  /** Its record; null where it leaves none: its caller is unknown, or statistics are switched off. */
  readonly event: RequestEvent | null;
}

/** Stands while the record is made, and where there is none. */
export const NO_RECORD: Settled = { event: null };

/**
 * State of a request that changes while bytes pass in both directions. It is the one part that is not replaced but
 * written to. Its writers are `readBody`, `forward`, `respond` with its tee, the watch of batches, the watch for the caller
 * leaving, and the response to an error.
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
  /** Whether a caller who left had been sent a status before. */
  hasStatus: boolean;
  upstreamBroke: boolean;
  errorType: string | null;
  /** What is recorded of a batch; see `batch-note.ts`. */
  batch: string | null;
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
  hasStatus: false,
  upstreamBroke: false,
  errorType: null,
  batch: null,
});
