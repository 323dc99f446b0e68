import type { FallbackMode } from "./rule-set.ts";

/** What a session was given at its first request, so that its later ones get the same and its prompt cache stays warm. */
export interface Pin {
  /** Serves whatever is asked; null: the asked model serves, whichever it is. */
  target: string | null;
  /** The model that could not take this session: the override was lifted, and this target is not given again. */
  releasedFrom: string | null;
  reason: string;
  ruleId: string | null;
  /** Rules version that decided; null when it had no number yet. */
  version: number | null;
  fallback: FallbackMode;
  /** The model asked for when this was decided, in its comparable spelling. */
  askedKey: string;
}

/** A pin as instances share it. */
export interface KeptPin extends Pin {
  /** Hash of session, agent and family: the session's id itself is not kept. */
  key: string;
  usedAtMs: number;
}

/** A session that was silent for so long begins anew; its prompt cache is cold anyway. */
export const PIN_IDLE_MS = 24 * 3_600_000;

/** Reasons of sessions that keep their model because of their prompt's size (E21), or its pictures and pages (E33). */
export const SKIPPED_FOR_LENGTH = "hazard:E21";
const SKIPPED_FOR_PICTURES = "hazard:E33";
/** Reason of an override that was decided when a prompt once too large had shrunk. */
export const AFTER_SHRINKING = "rule:prompt-shrank";

export const isSkippedForSize = ({ reason }: Pin): boolean =>
  reason === SKIPPED_FOR_LENGTH || reason === SKIPPED_FOR_PICTURES;

/** The second decision ends the first one's skip, because the prompt has shrunk since. */
export const isEndOfSkip = (first: Pin, second: Pin): boolean =>
  first.releasedFrom !== null && isSkippedForSize(first) && second.reason === AFTER_SHRINKING;

/** Decided before the last version whose publisher wanted running sessions to follow. */
export const isOutdated = (pin: Pin, appliedNow: number): boolean => (pin.version ?? 0) < appliedNow;

/**
 * Which of two decisions about the same session stands: the first one. Unless it is outdated or forgotten, or the second
 * lifts the override (the served model has refused) or knows the number of the first one's rules.
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
