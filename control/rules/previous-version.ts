import { listRuleVersions, type RuleVersionRow, type RuleVersionSummary, ruleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { readRulesText } from "./rules-text.ts";

/** Versions looked at before giving up; a roll back across more than these names its number. */
const lookBackMax = 200;

/**
 * What "roll back" without a number means: the newest version before the live one with another content. When the live one
 * repeats an older version, as a roll back or a resume does, the versions between them stay behind it. While overrides are
 * on, a version with them switched off is not a way back: it was a pause, and no rules that worked.
 */
export async function previousVersion(live: RuleVersionRow, deps: ControlDeps): Promise<RuleVersionSummary | null> {
  const isLiveOff = await isSwitchedOff(live.toml, deps);
  let origin: RuleVersionSummary = live;
  for (let step = 0; step < lookBackMax; step += 1) {
    const older: RuleVersionSummary | null =
      origin.rolledBackTo === null
        ? await versionBefore(origin, isLiveOff, deps)
        : await ruleVersion(deps.db, origin.rolledBackTo);
    if (older === null || older.tomlHash !== live.tomlHash) return older;
    origin = older;
  }
  return null;
}

/** The newest version before this one that could be a way back. */
async function versionBefore(
  { number }: RuleVersionSummary,
  isLiveOff: boolean,
  deps: ControlDeps,
): Promise<RuleVersionSummary | null> {
  let before = number;
  for (let step = 0; step < lookBackMax; step += 1) {
    const [version] = await listRuleVersions(deps.db, { before, take: 1 });
    if (version === undefined) return null;
    const row = isLiveOff ? null : await ruleVersion(deps.db, version.number);
    if (row === null || !(await isSwitchedOff(row.toml, deps))) return version;
    before = version.number;
  }
  return null;
}

/** A text that cannot be read is not called off; who rolls back to it is told what is wrong with it. */
async function isSwitchedOff(toml: string, deps: ControlDeps): Promise<boolean> {
  const parsed = await readRulesText(toml, deps);
  return parsed.ok && !parsed.ruleSet.enabled;
}
