import type { Catalogue } from "#core/costs/catalogue.ts";
import { catalogueKey, modelKey } from "#core/costs/model-key.ts";
import { BoundedCache } from "../memo.ts";
import type { CompiledCheck, CompiledRule, SourceKind } from "./compiled-rule.ts";
import { CHEAP_FIRST } from "./conditions/registry.ts";
import { GLOB_LENGTH_MAX, globPrefix, isGlob, matchesGlob } from "./glob.ts";
import { CandidateList } from "./index/candidate-list.ts";
import type { Rule, RuleSet } from "./rule-set.ts";

/**
 * Rule set prepared for decisions, indexed once per version. It is then only read (apart from two bounded caches of
 * names looked up before). A decision evaluates the rules that can be about this model and this caller, not all rules.
 */
export interface CompiledRules {
  readonly ruleSet: RuleSet;
  readonly catalogue: Catalogue;
  readonly rules: readonly CompiledRule[];
  /** Of two rules with one id the first. */
  readonly byId: ReadonlyMap<string, CompiledRule>;
  readonly families: ReadonlyMap<string, string>;
  /** Spellings the provider itself accepts. */
  readonly providerIds: ReadonlySet<string>;
  readonly sources: SourceIndex;
}

/** Positions of enabled rules by the meaning of their left side. */
interface SourceIndex {
  readonly byText: ReadonlyMap<string, number[]>;
  readonly byKey: ReadonlyMap<string, number[]>;
  readonly byFamily: ReadonlyMap<string, number[]>;
  /** Patterns by the literal text before their first wildcard. */
  readonly globs: ReadonlyMap<string, GlobEntry[]>;
  readonly globPrefixLengths: readonly number[];
  readonly listByModel: BoundedCache<string, CandidateList>;
  readonly listBySources: BoundedCache<string, CandidateList>;
}

interface GlobEntry {
  readonly text: string;
  readonly key: string;
  readonly positions: number[];
}

/** Words that always name a family, independent of the catalogue. */
const FAMILY_WORDS = ["opus", "sonnet", "haiku", "fable", "mythos"];

/**
 * Compiles rules for `decide`: models by any spelling, and indexes by source. With them, 10,000 rules cost as much as
 * ten. Pure; to be kept while rules and catalogue stay.
 */
export function compileRules(ruleSet: RuleSet, catalogue: Catalogue): CompiledRules {
  const families = new Map(catalogue.models.map((model) => [model.id, model.family]));
  const familyWords = new Set([...FAMILY_WORDS, ...families.values()]);
  const rules = ruleSet.rules.map((rule, position) => compileRule(rule, position, catalogue, familyWords));
  const providerIds = new Set(catalogue.models.flatMap((model) => [model.id, ...model.aliases]));
  const byId = new Map(rules.toReversed().map((compiled) => [compiled.rule.id, compiled]));
  return { ruleSet, catalogue, rules, byId, families, providerIds, sources: indexSources(rules) };
}

/** Normalises every spelling of a model to one key; letter case counts. */
export function toModelKey(catalogue: Catalogue, model: string): string {
  return catalogueKey(catalogue, model) ?? modelKey(model);
}

/** Finds the family of a model, also of one that the catalogue does not contain yet ("claude-opus-6"). */
export function findFamily(compiled: Pick<CompiledRules, "families">, key: string): string | null {
  const known = compiled.families.get(key);
  if (known !== undefined) return known;
  if (!key.startsWith("claude-")) return null;
  return key.split("-", 12).find((word) => FAMILY_WORDS.includes(word)) ?? null;
}

/**
 * Whether a rule's left side is about this model. It may name the model as written, else as the same model, its family,
 * or by pattern.
 */
export function isAboutModel(compiled: CompiledRules, { rule, ...source }: CompiledRule, model: string): boolean {
  if (rule.from === model) return true;
  if (model.length > GLOB_LENGTH_MAX) return false;
  const key = toModelKey(compiled.catalogue, model);
  if (source.sourceKind === "model") return source.sourceKey === key;
  if (source.sourceKind === "family") return source.sourceKey === findFamily(compiled, key);
  return matchesGlob(rule.from, model) || matchesGlob(source.sourceKey, modelKey(model));
}

/** Finds the enabled rules about this model. Costs one map look-up for a name seen before. */
export function candidatesFor(compiled: CompiledRules, model: string): CandidateList {
  const { sources } = compiled;
  const known = sources.listByModel.get(model);
  if (known) return known;
  const found = listSources(compiled, model);
  const signature = found.map((source) => source.name).join("\n");
  const list = sources.listBySources.get(signature) ?? newList(compiled, signature, found);
  if (model.length <= GLOB_LENGTH_MAX) sources.listByModel.set(model, list);
  return list;
}

function newList(compiled: CompiledRules, signature: string, found: readonly { positions: number[] }[]): CandidateList {
  const positions = found.flatMap((source) => source.positions);
  const list = new CandidateList(positions, compiled.rules);
  const { listBySources, listByModel } = compiled.sources;
  listBySources.set(signature, list);
  // The cache of lists was cleared; the names of models would keep the old lists alive.
  if (listBySources.size === 1) listByModel.clear();
  return list;
}

/**
 * Finds the sources of a model's rules, named by kind and first rule. Two models with the same rules thus share one
 * list.
 */
function listSources(compiled: CompiledRules, model: string): { name: string; positions: number[] }[] {
  const found: { name: string; positions: number[] }[] = [];
  const add = (kind: string, positions: number[] | undefined) =>
    positions && found.push({ name: `${kind}${positions[0]}`, positions });
  const { sources } = compiled;
  add("text", sources.byText.get(model));
  if (model.length > GLOB_LENGTH_MAX) return found;
  const key = toModelKey(compiled.catalogue, model);
  const family = findFamily(compiled, key);
  add("model", sources.byKey.get(key));
  if (family !== null) add("family", sources.byFamily.get(family));
  const plain = modelKey(model);
  for (const length of sources.globPrefixLengths) {
    for (const start of new Set([model.slice(0, length), plain.slice(0, length)])) {
      for (const glob of sources.globs.get(start) ?? []) {
        if (matchesGlob(glob.text, model) || matchesGlob(glob.key, plain)) add("glob", glob.positions);
      }
    }
  }
  return found;
}

function compileRule(rule: Rule, position: number, catalogue: Catalogue, families: ReadonlySet<string>): CompiledRule {
  const sourceKind = isGlob(rule.from) ? "glob" : families.has(rule.from) ? "family" : "model";
  return {
    rule,
    position,
    sourceKind,
    sourceKey: toSourceKey(rule.from, sourceKind, catalogue),
    targetKey: toModelKey(catalogue, rule.to),
    shareBelow: Math.round(rule.percentage * 100),
    checks: compileChecks(rule),
  };
}

function compileChecks({ when }: Rule): CompiledCheck[] {
  const checks: CompiledCheck[] = [];
  for (const condition of CHEAP_FIRST) {
    const holds = condition.compile(when);
    if (holds !== null) checks.push({ condition, holds });
  }
  return checks;
}

function toSourceKey(from: string, kind: SourceKind, catalogue: Catalogue): string {
  if (kind === "model") return toModelKey(catalogue, from);
  // "claude-sonnet-4.5*" also means claude-sonnet-4-5, as it does for a left side without wildcards.
  return kind === "glob" ? from.replace(/(?<=\d)\.(?=\d)/g, "-") : from;
}

function indexSources(rules: readonly CompiledRule[]): SourceIndex {
  const byText = new Map<string, number[]>();
  const byKey = new Map<string, number[]>();
  const byFamily = new Map<string, number[]>();
  const globsByText = new Map<string, GlobEntry>();
  for (const { rule, position, sourceKind, sourceKey } of rules) {
    if (!rule.enabled) continue;
    push(byText, rule.from, position);
    if (sourceKind === "model") push(byKey, sourceKey, position);
    if (sourceKind === "family") push(byFamily, sourceKey, position);
    if (sourceKind === "glob") {
      const entry = globsByText.get(rule.from) ?? { text: rule.from, key: sourceKey, positions: [] };
      entry.positions.push(position);
      globsByText.set(rule.from, entry);
    }
  }
  const globs = new Map<string, GlobEntry[]>();
  for (const entry of globsByText.values()) {
    for (const prefix of new Set([globPrefix(entry.text), globPrefix(entry.key)])) push(globs, prefix, entry);
  }
  const globPrefixLengths = [...new Set([...globs.keys()].map((prefix) => prefix.length))];
  const listByModel = new BoundedCache<string, CandidateList>();
  const listBySources = new BoundedCache<string, CandidateList>({ weigh: (list) => list.length });
  return { byText, byKey, byFamily, globs, globPrefixLengths, listByModel, listBySources };
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
