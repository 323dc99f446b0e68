import { CONDITIONS } from "./conditions/registry.ts";
import type { Rule, RuleConditions } from "./rule-set.ts";
import { ruleIdOf } from "./stable-hash.ts";

/**
 * Conditions of the first version, by position. Ids are stored with requests, so this list and the next one never
 * change: a newer condition enters the id by name, where it is used.
 */
const FIRST_FIELDS = [
  "project",
  "person",
  "team",
  "subagent",
  "hours",
  "minPromptTokens",
  "maxPromptTokens",
  "hasTools",
  "hasThinking",
] as const satisfies readonly (keyof RuleConditions)[];

/** Conditions that came together: all four enter the id when one of them is used. */
const SECOND_FIELDS = ["key", "header", "pathPrefix", "titleLike"] as const satisfies readonly (keyof RuleConditions)[];

const OLD_FIELDS: ReadonlySet<string> = new Set([...FIRST_FIELDS, ...SECOND_FIELDS]);

/** Derives a rule's id from its meaning alone: not from form, position, share, note, switch or fallback. */
export function derivedId({ from, to, when }: Rule, zone: string): string {
  const parts = new Map<string, unknown>(
    CONDITIONS.flatMap((condition) => Object.entries(condition.idPart(when, zone))),
  );
  const meaning: unknown[] = [from, to, ...FIRST_FIELDS.map((field) => parts.get(field))];
  if (SECOND_FIELDS.some((field) => isAsked(parts.get(field))))
    meaning.push(Object.fromEntries(SECOND_FIELDS.map((field) => [field, parts.get(field)])));
  const newer = [...parts].filter(([field, part]) => !OLD_FIELDS.has(field) && isAsked(part));
  // By name, so that the order of the registry is free.
  if (newer.length > 0) meaning.push(Object.fromEntries(newer.sort(([a], [b]) => (a < b ? -1 : 1))));
  return ruleIdOf(JSON.stringify(meaning));
}

const isAsked = (part: unknown): boolean => part !== null && !(Array.isArray(part) && part.length === 0);
