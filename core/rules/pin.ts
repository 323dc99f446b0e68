import type { FallbackMode } from "./rule-set.ts";

/** Decision at a session's first request, repeated for its later ones so that its prompt cache stays warm. */
export interface Pin {
  /** Model that serves every request of the session; null: the requested model serves. */
  target: string | null;
  /** Model that could not serve this session: the override was lifted, and this target is not used again. */
  releasedFrom: string | null;
  reason: string;
  ruleId: string | null;
  /** Rules version that decided; null when it had no number yet. */
  version: number | null;
  fallback: FallbackMode;
  /** Requested model of the decision, in its comparable spelling. */
  askedKey: string;
}

/** A pin as instances share it. */
export interface KeptPin extends Pin {
  /** Hash of session, agent and family: the session's id itself is not kept. */
  key: string;
  usedAtMs: number;
}

/** Idle time after which a session is decided afresh; its prompt cache is cold anyway. */
export const PIN_IDLE_MS = 24 * 3_600_000;

/** Reasons of sessions that keep their model because of their prompt's size (E21), or its pictures and pages (E33). */
export const SKIPPED_FOR_LENGTH = "hazard:E21";
const SKIPPED_FOR_PICTURES = "hazard:E33";
/** Reason of an override that was decided after a prompt once too large had shrunk. */
export const AFTER_SHRINKING = "rule:prompt-shrank";

export const isSkippedForSize = ({ reason }: Pin): boolean =>
  reason === SKIPPED_FOR_LENGTH || reason === SKIPPED_FOR_PICTURES;

/** Whether the second decision ends the first one's skip, because the prompt has shrunk since. */
export const isEndOfSkip = (first: Pin, second: Pin): boolean =>
  first.releasedFrom !== null && isSkippedForSize(first) && second.reason === AFTER_SHRINKING;

/** Whether a pin predates the last version that was published to apply to running sessions. */
export const isOutdated = (pin: Pin, appliedNow: number): boolean => (pin.version ?? 0) < appliedNow;

/**
 * Chooses between two decisions about the same session. The first one stands, unless it is outdated or expired. The
 * second also stands if it lifts the override (the served model has refused) or has the number of the first one's
 * rules.
 */
export function standingPin(first: KeptPin, second: KeptPin, appliedNow: number): KeptPin {
  const isReplaced =
    isOutdated(first, appliedNow) ||
    second.usedAtMs - first.usedAtMs > PIN_IDLE_MS ||
    isEndOfSkip(first, second) ||
    (first.releasedFrom === null && second.releasedFrom !== null && !isOutdated(second, appliedNow)) ||
    (first.version === null && second.version !== null && isSameVerdict(first, second));
  return { ...(isReplaced ? second : first), usedAtMs: Math.max(first.usedAtMs, second.usedAtMs) };
}

export const isSameVerdict = (one: Pin, other: Pin): boolean =>
  one.target === other.target && one.releasedFrom === other.releasedFrom;
