import { collectIdParts } from "./conditions/registry.ts";
import { NO_CONDITIONS, type Rule, type RuleConditions } from "./rule-set.ts";
import { toRuleId } from "./stable-hash.ts";

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
/** By name, so that the order of the registry is free. */
const NEWER_FIELDS = (Object.keys(NO_CONDITIONS) as (keyof RuleConditions)[])
  .filter((field) => !OLD_FIELDS.has(field))
  .sort();

/** Derives a rule's id from its meaning alone: not from form, position, share, note, switch or fallback. */
export function derivedId({ from, to, when }: Rule, zone: string): string {
  const parts = collectIdParts(when, zone);
  const named = (fields: readonly (keyof RuleConditions)[]) =>
    Object.fromEntries(fields.map((field) => [field, parts[field]]));
  const meaning: unknown[] = [from, to, ...FIRST_FIELDS.map((field) => parts[field])];
  if (SECOND_FIELDS.some((field) => isAsked(parts[field]))) meaning.push(named(SECOND_FIELDS));
  const newer = NEWER_FIELDS.filter((field) => isAsked(parts[field]));
  if (newer.length > 0) meaning.push(named(newer));
  return toRuleId(JSON.stringify(meaning));
}

const isAsked = (part: unknown): boolean => part !== null && !(Array.isArray(part) && part.length === 0);
