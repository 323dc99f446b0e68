import type { RuleSet } from "./rule-set.ts";

/** Maximum number of ids in one audit entry; further ones are counted. */
const NAMED_MAX = 40;

/** Audit detail for rules that drop safeguards; empty for others. */
export interface DroppedSafeguards {
  dropsSafeguards?: readonly string[];
  rulesDroppingSafeguards?: number;
}

/**
 * Lists the rules of a version that weaken what people rely on. Recorded separately, so that a long list of changes
 * cannot hide them.
 */
export function droppedSafeguards({ rules }: RuleSet): DroppedSafeguards {
  const ids = rules.flatMap(({ id, safeguards }) => (safeguards === "drop" ? [id] : []));
  return ids.length === 0 ? {} : { dropsSafeguards: ids.slice(0, NAMED_MAX), rulesDroppingSafeguards: ids.length };
}
