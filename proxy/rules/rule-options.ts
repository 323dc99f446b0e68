import { DEFAULT_OPTIONS, type RuleOptions } from "#core/rules/adapt/adaptation.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";

const wishing = new WeakMap<RuleSet, ReadonlyMap<string, RuleOptions>>();

/**
 * Finds the options of the rule behind a decision, by the rules in force now. A revoked permission ends at once, also
 * for sessions it was given to. Short because other rooms use it, and nothing else of this room.
 */
export function optionsOfRule(ruleId: string | null, ruleSet: RuleSet): RuleOptions {
  if (ruleId === null) return DEFAULT_OPTIONS;
  let known = wishing.get(ruleSet);
  if (known === undefined) {
    known = new Map(ruleSet.rules.filter(isUnusual).map((rule) => [rule.id, rule]));
    wishing.set(ruleSet, known);
  }
  return known.get(ruleId) ?? DEFAULT_OPTIONS;
}

const isUnusual = ({ safeguards, fastMode }: RuleOptions): boolean =>
  safeguards !== DEFAULT_OPTIONS.safeguards || fastMode !== DEFAULT_OPTIONS.fastMode;
