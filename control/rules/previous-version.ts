import { listRuleVersions, type RuleVersionRow, type RuleVersionSummary, ruleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { readRulesText } from "./rules-text.ts";

/** Maximum number of versions searched; a roll back across more needs an explicit number. */
const lookBackMax = 200;

/**
 * Finds the target of a roll back without a number: the newest version before the live one with another content. When
 * the live one repeats an older version, as a roll back or a resume does, the versions between them are skipped.
 * While overrides are on, a version with them switched off is skipped as well: it was a pause, and no rules that
 * worked.
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

/** Finds the newest earlier version that could be a target. */
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

/** Whether a version has overrides switched off. An unreadable text does not; rolling back to it reports its errors. */
async function isSwitchedOff(toml: string, deps: ControlDeps): Promise<boolean> {
  const parsed = await readRulesText(toml, deps);
  return parsed.ok && !parsed.ruleSet.enabled;
}
