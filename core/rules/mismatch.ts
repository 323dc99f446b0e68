import type { CompiledCheck, CompiledRule } from "./compiled-rule.ts";
import type { DecideInput } from "./decide-input.ts";
import { toShareBucket } from "./stable-hash.ts";

/** Reason why a rule about this model does not apply to this request: a condition, or the share of sessions. */
export type Mismatch = CompiledCheck | "outside-share";

/**
 * Names of conditions that the caller leaves undecided and that count as met; `share` is the share of sessions. Not for
 * conditions that an index looks up by name: `isAssumed` and a missing description say which.
 */
export type AssumedConditions = ReadonlySet<string>;

export const NOTHING_ASSUMED: AssumedConditions = new Set<string>([]);

/**
 * Finds the first condition that fails, cheap ones first; null when the rule applies. An unknown fact never satisfies
 * a condition.
 */
export function findMismatch(compiled: CompiledRule, input: DecideInput, assumed: AssumedConditions): Mismatch | null {
  for (const check of compiled.checks) {
    if (!check.holds(input) && !assumed.has(check.condition.name)) return check;
  }
  if (assumed.has("share")) return compiled.shareBelow > 0 ? null : "outside-share";
  return isInShare(compiled, input.sessionKey) ? null : "outside-share";
}

/**
 * Whether the session is inside the share. A request without a session never is inside a partial share: the next one
 * could not get the same decision.
 */
function isInShare({ rule, shareBelow }: CompiledRule, sessionKey: string | null): boolean {
  if (shareBelow >= 10_000) return true;
  if (shareBelow <= 0 || sessionKey === null) return false;
  return toShareBucket(rule.id, sessionKey) < shareBelow;
}

/** Formats the mismatch, with the rule's condition and the request's value. */
export function formatMismatch({ rule, shareBelow }: CompiledRule, input: DecideInput, mismatch: Mismatch): string {
  if (mismatch !== "outside-share") return mismatch.condition.explain(rule.when, input);
  if (shareBelow > 0 && input.sessionKey === null)
    return `the request has no session, so a share of ${rule.percentage}% cannot apply`;
  return `this session is not among the ${rule.percentage}% of the rule`;
}
