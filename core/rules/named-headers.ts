import type { RuleSet } from "./rule-set.ts";

/** Lists the headers that the enabled rules name, in alphabetical order. Short because a draft and the rules in force are asked alike. */
export function namedHeaders({ rules }: RuleSet): string[] {
  const enabled = rules.filter((rule) => rule.enabled);
  return [...new Set(enabled.flatMap(({ when }) => when.header.map(({ name }) => name)))].sort();
}
