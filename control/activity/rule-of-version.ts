import type { RuleOfDecision } from "#core/activity/decision-words.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";
import { ruleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { conditionChips } from "../rules/rule-rows.ts";
import { readRulesText } from "../rules/rules-text.ts";

/** Texts of versions never change; so many are remembered by what they say. */
const rememberedMax = 50;
const remembered = new Map<string, RuleSet | null>();

/** The rule a decision names, as it stands in the version that decided. Null when either is not known any more. */
export async function ruleOfVersion(
  ruleId: string | null,
  version: number | null,
  deps: ControlDeps,
): Promise<RuleOfDecision | null> {
  if (ruleId === null || version === null) return null;
  const rules = (await ruleSetOf(version, deps))?.rules ?? [];
  const at = rules.findIndex((rule) => rule.id === ruleId);
  const rule = rules[at];
  if (rule === undefined) return null;
  const { line, from, to, note, percentage } = rule;
  return { place: at + 1, line, from, to, note, percentage, conditions: conditionChips(rule) };
}

async function ruleSetOf(version: number, deps: ControlDeps): Promise<RuleSet | null> {
  const row = await ruleVersion(deps.db, version);
  if (row === null) return null;
  const known = remembered.get(row.tomlHash);
  if (known !== undefined) return known;
  const parsed = await readRulesText(row.toml, deps);
  const ruleSet = parsed.ok ? parsed.ruleSet : null;
  if (remembered.size >= rememberedMax) remembered.clear();
  remembered.set(row.tomlHash, ruleSet);
  return ruleSet;
}
