import { type AdaptWishes, USUAL_WISHES } from "#core/rules/adapt/adaptation.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";

const wishing = new WeakMap<RuleSet, ReadonlyMap<string, AdaptWishes>>();

/**
 * What the rule behind a decision wishes for, by the rules in force now: a permission that is taken back ends at once,
 * also for sessions it was given to.
 */
export function wishesOf(ruleId: string | null, ruleSet: RuleSet): AdaptWishes {
  if (ruleId === null) return USUAL_WISHES;
  let known = wishing.get(ruleSet);
  if (known === undefined) {
    known = new Map(ruleSet.rules.filter(isUnusual).map((rule) => [rule.id, rule]));
    wishing.set(ruleSet, known);
  }
  return known.get(ruleId) ?? USUAL_WISHES;
}

const isUnusual = ({ safeguards, fastMode }: AdaptWishes): boolean =>
  safeguards !== USUAL_WISHES.safeguards || fastMode !== USUAL_WISHES.fastMode;
