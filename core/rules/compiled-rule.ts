import type { Rule } from "./rule-set.ts";
import type { ValueMatcher } from "./value-matcher.ts";

/** How the left side of a rule is understood. */
export type SourceKind = "glob" | "family" | "model";

export interface CompiledRule {
  readonly rule: Rule;
  /** Place in evaluation order, from 0. */
  readonly position: number;
  readonly sourceKind: SourceKind;
  /** What `modelKeyOf` must say for this rule; for a glob the pattern in the provider's spelling. */
  readonly sourceKey: string;
  readonly targetKey: string;
  /** Sessions whose place is below this are inside the share. */
  readonly shareBelow: number;
  readonly project: ValueMatcher | null;
  readonly person: ValueMatcher | null;
  readonly team: ValueMatcher | null;
  readonly key: ValueMatcher | null;
  readonly headers: readonly { readonly name: string; readonly matcher: ValueMatcher }[];
}
