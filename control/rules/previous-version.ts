import { listRuleVersions, type RuleVersionSummary, ruleVersion } from "#store/rule-versions.ts";
import type { Tx } from "#store/transaction.ts";

/** Versions looked at before giving up; a roll back across more than these names its number. */
const lookBackMax = 200;

/**
 * What "roll back" without a number means: the newest version before the live one with another content. When the live one
 * is itself a roll back, the versions it stepped over stay behind it.
 */
export async function previousVersion(tx: Tx, live: RuleVersionSummary): Promise<RuleVersionSummary | null> {
  let origin: RuleVersionSummary | null = live;
  for (let step = 0; origin?.rolledBackTo != null && step < lookBackMax; step += 1) {
    origin = await ruleVersion(tx, origin.rolledBackTo);
  }
  const before = await listRuleVersions(tx, { before: (origin ?? live).number, take: lookBackMax });
  return before.find((version) => version.tomlHash !== live.tomlHash) ?? null;
}
