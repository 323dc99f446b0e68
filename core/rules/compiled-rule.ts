import type { Rule } from "./rule-set.ts";
import type { ValueMatcher } from "./value-matcher.ts";

/** Kind of a rule's left side. */
export type SourceKind = "glob" | "family" | "model";

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
  readonly project: ValueMatcher | null;
  readonly person: ValueMatcher | null;
  readonly team: ValueMatcher | null;
  readonly key: ValueMatcher | null;
  readonly headers: readonly { readonly name: string; readonly matcher: ValueMatcher }[];
}
