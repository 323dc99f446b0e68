import type { Catalogue } from "#core/costs/catalogue.ts";
import type { RuleSet } from "./rule-set.ts";

/** A rule set made ready for deciding: indexed once per version, then only read. */
export interface CompiledRules {
  readonly ruleSet: RuleSet;
}

export function compileRules(ruleSet: RuleSet, _catalogue: Catalogue): CompiledRules {
  return { ruleSet };
}
