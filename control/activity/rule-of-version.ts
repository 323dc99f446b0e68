import type { RuleOfDecision } from "#core/activity/decision-words.ts";
import { ruleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { parsedText } from "../rules/parsed-text.ts";
import { conditionChips } from "../rules/rule-rows.ts";

/** The rule a decision names, as it stands in the version that decided. Null when either is not known any more. */
export async function ruleOfVersion(
  ruleId: string | null,
  version: number | null,
  deps: ControlDeps,
): Promise<RuleOfDecision | null> {
  if (ruleId === null || version === null) return null;
  const row = await ruleVersion(deps.db, version);
  const rules = (row && (await parsedText(row.tomlHash, () => row.toml, deps)))?.rules ?? [];
  const at = rules.findIndex((rule) => rule.id === ruleId);
  const rule = rules[at];
  if (rule === undefined) return null;
  const { line, from, to, note, percentage } = rule;
  return { place: at + 1, line, from, to, note, percentage, conditions: conditionChips(rule) };
}
