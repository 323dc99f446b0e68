import { parseOverridesToml } from "#config/overrides-toml.ts";
import type { RuleCause } from "#core/costs/error-jumps.ts";
import type { Rule, RuleSet } from "#core/rules/rule-set.ts";
import { listRuleVersions, type RuleVersionSummary, ruleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";

export interface RuleFact {
  from: string;
  to: string;
  note: string | null;
  isLive: boolean;
  /** In force since this version without a break. */
  sinceVersion: number;
  sinceAt: Date;
  /** Exactly as it is since this version: it was added, brought back or changed there. */
  cause: RuleCause;
}

/** Far enough back for "since"; older rules say so by naming the oldest version looked at. */
const versionsMax = 200;

/** Texts never change, so what they mean is kept by their hash. */
const parsed = new Map<string, RuleSet | null>();

/** The live rule set and its number; null before anything was published, or when the text cannot be read any more. */
export async function liveRuleSet(deps: ControlDeps): Promise<{ number: number; ruleSet: RuleSet } | null> {
  const [latest] = await listRuleVersions(deps.db, { take: 1 });
  const ruleSet = latest ? await ruleSetOf(latest, deps) : null;
  return latest && ruleSet ? { number: latest.number, ruleSet } : null;
}

/** What is known of rules by their id: how they read in the newest version that has them, and since when. */
export async function ruleFacts(ids: ReadonlySet<string>, deps: ControlDeps): Promise<Map<string, RuleFact>> {
  const facts = new Map<string, RuleFact>();
  const meanings = new Map<string, string>();
  const open = new Set(ids);
  const ended = new Set<string>();
  const versions = ids.size === 0 ? [] : await listRuleVersions(deps.db, { take: versionsMax });
  let newer: number | null = null;
  for (const version of versions) {
    const here: RuleCause = { version: version.number, atMs: version.publishedAt.getTime() };
    const rules = new Map((await ruleSetOf(version, deps))?.rules.map((rule) => [rule.id, rule]));
    for (const id of open) {
      const rule = rules.get(id);
      const known = facts.get(id);
      if (!rule) {
        if (known) ended.add(id);
        continue;
      }
      const { from, to, note } = known ?? rule;
      const isLive = known?.isLive ?? version === versions[0];
      const meaning = meanings.get(id) ?? meaningOf(rule);
      meanings.set(id, meaning);
      // Versions are walked from the newest: the cause moves back only while nothing in between was different.
      const isUnbroken = known === undefined || known.cause.version === newer;
      const cause = isUnbroken && meaning === meaningOf(rule) ? here : (known?.cause ?? here);
      facts.set(id, { from, to, note, isLive, sinceVersion: version.number, sinceAt: version.publishedAt, cause });
    }
    newer = version.number;
    for (const id of ended) open.delete(id);
    if (open.size === 0) break;
  }
  return facts;
}

/** What a rule does to requests. Where it stands, its form and its note change nothing. */
const meaningOf = ({ line: _line, form: _form, note: _note, ...rest }: Rule): string => JSON.stringify(rest);

async function ruleSetOf(version: RuleVersionSummary, deps: ControlDeps): Promise<RuleSet | null> {
  const known = parsed.get(version.tomlHash);
  if (known !== undefined) return known;
  const text = (await ruleVersion(deps.db, version.number))?.toml ?? "";
  const today = deps.now().toISOString().slice(0, 10);
  const result = parseOverridesToml(text, { catalogue: deps.config.catalogue, today });
  if (parsed.size > 2 * versionsMax) parsed.clear();
  parsed.set(version.tomlHash, result.ok ? result.ruleSet : null);
  return result.ok ? result.ruleSet : null;
}
