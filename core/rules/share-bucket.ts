import type { CompiledRules } from "./compile.ts";
import { toShareBucket } from "./stable-hash.ts";

/** What a decision names, from which it follows whether a share was asked. */
interface NamedRule {
  ruleId: string | null;
  reason: string;
}

/** Whether the share was asked: a condition that fails is found before, and such a session is in neither group. */
export const isShareAsked = ({ ruleId, reason }: NamedRule): boolean =>
  ruleId !== null && reason !== "condition" && reason !== "outside-window";

/**
 * Finds a session's bucket, 0 to 99, in the share of the rule that decided. Null where no share was asked, and for a
 * rule that serves all sessions. A session that keeps the decision of a rule since removed has a bucket, too: its group
 * did not end with the rule.
 */
export function findShareBucket(compiled: CompiledRules, decided: NamedRule, sessionKey: string): number | null {
  const { ruleId, reason } = decided;
  if (ruleId === null || !isShareAsked(decided)) return null;
  const rule = compiled.byId.get(ruleId);
  if (rule !== undefined && rule.shareBelow >= 10_000 && reason !== "outside-share") return null;
  return Math.floor(toShareBucket(ruleId, sessionKey) / 100);
}
