import type { RuleSet } from "./rule-set.ts";

/** Ids named in one audit entry; more are counted. */
const NAMED_MAX = 40;

/** What an audit entry says of rules that leave out safeguards; nothing of others. */
export interface DroppedSafeguards {
  dropsSafeguards?: readonly string[];
  rulesDroppingSafeguards?: number;
}

/** Said on its own, however long a list of changes is: which rules of a version weaken what people rely on. */
export function droppedSafeguards({ rules }: RuleSet): DroppedSafeguards {
  const ids = rules.flatMap(({ id, safeguards }) => (safeguards === "drop" ? [id] : []));
  return ids.length === 0 ? {} : { dropsSafeguards: ids.slice(0, NAMED_MAX), rulesDroppingSafeguards: ids.length };
}
