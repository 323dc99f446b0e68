import type { RuleCause } from "#core/costs/error-jumps.ts";
import type { Rule, RuleSet } from "#core/rules/rule-set.ts";
import { listRuleVersions, type RuleVersionSummary, ruleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { parsedText } from "../rules/parsed-text.ts";

export interface RuleFact {
  from: string;
  to: string;
  note: string | null;
  isLive: boolean;
  /** Version since which it has been in force without a break. */
  sinceVersion: number;
  sinceAt: Date;
  /** Version that gave it its present form: it was added, restored or changed there. */
  cause: RuleCause;
}

/** Number of versions searched for "since"; for older rules the oldest one searched is named. */
const versionsMax = 200;

/**
 * Reads the live rule set and its number. Null before the first publish, or when the text cannot be parsed any more.
 */
export async function liveRuleSet(deps: ControlDeps): Promise<{ number: number; ruleSet: RuleSet } | null> {
  const [latest] = await listRuleVersions(deps.db, { take: 1 });
  const ruleSet = latest ? await ruleSetOfVersion(latest, deps) : null;
  return latest && ruleSet ? { number: latest.number, ruleSet } : null;
}

/** Looks up rules by id: their form in the newest version that contains them, and their history. */
export async function ruleFacts(ids: ReadonlySet<string>, deps: ControlDeps): Promise<Map<string, RuleFact>> {
  const facts = new Map<string, RuleFact>();
  const meanings = new Map<string, string>();
  const open = new Set(ids);
  const ended = new Set<string>();
  const versions = ids.size === 0 ? [] : await listRuleVersions(deps.db, { take: versionsMax });
  let newer: number | null = null;
  for (const version of versions) {
    const here: RuleCause = { version: version.number, atMs: version.publishedAt.getTime() };
    const rules = new Map((await ruleSetOfVersion(version, deps))?.rules.map((rule) => [rule.id, rule]));
    for (const id of open) {
      const rule = rules.get(id);
      const known = facts.get(id);
      if (!rule) {
        if (known) ended.add(id);
        continue;
      }
      const { from, to, note } = known ?? rule;
      const isLive = known?.isLive ?? version === versions[0];
      const meaning = meanings.get(id) ?? encodeMeaning(rule);
      meanings.set(id, meaning);
      // Versions are walked from the newest: the cause moves back only while nothing in between differs.
      const isUnbroken = known === undefined || known.cause.version === newer;
      const cause = isUnbroken && meaning === encodeMeaning(rule) ? here : (known?.cause ?? here);
      facts.set(id, { from, to, note, isLive, sinceVersion: version.number, sinceAt: version.publishedAt, cause });
    }
    newer = version.number;
    for (const id of ended) open.delete(id);
    if (open.size === 0) break;
  }
  return facts;
}

/** Encodes a rule's effect on requests. Position, form and note do not count. */
const encodeMeaning = ({ line: _line, form: _form, note: _note, ...rest }: Rule): string => JSON.stringify(rest);

/** The rules of a version; null when its text cannot be parsed any more. */
export const ruleSetOfVersion = (
  { number, tomlHash }: RuleVersionSummary,
  deps: ControlDeps,
): Promise<RuleSet | null> => parsedText(tomlHash, async () => (await ruleVersion(deps.db, number))?.toml ?? "", deps);
