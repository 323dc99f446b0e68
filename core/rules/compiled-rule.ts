import type { AnyCondition, ConditionFacts } from "./conditions/registry.ts";
import type { Rule } from "./rule-set.ts";

/** Kind of a rule's left side. */
export type SourceKind = "glob" | "family" | "model";

/** A condition that the rule has, prepared: whether a request meets it. */
export interface CompiledCheck {
  readonly condition: AnyCondition;
  readonly holds: (facts: ConditionFacts) => boolean;
}

export interface CompiledRule {
  readonly rule: Rule;
  /** Position in evaluation order, from 0. */
  readonly position: number;
  readonly sourceKind: SourceKind;
  /** Value of the model's key that this rule matches; for a glob the pattern in the provider's spelling. */
  readonly sourceKey: string;
  readonly targetKey: string;
  /** Sessions whose bucket is below this are inside the share. */
  readonly shareBelow: number;
  /** Its conditions, cheap ones first. */
  readonly checks: readonly CompiledCheck[];
}
