import type { Catalogue, ModelEntry } from "#core/costs/catalogue.ts";
import { catalogueKey, findModel, modelKey } from "#core/costs/model-key.ts";
import { daysBetween } from "#core/time/instant.ts";
import { type CompiledRules, compileRules, findFamily, isAboutModel } from "./compile.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import { isGlob } from "./glob.ts";
import { nearest } from "./nearest.ts";
import type { Rule, RuleConditions, RuleSet } from "./rule-set.ts";

/** Part of a rule that a remark is about: where an editor underlines. */
type RuleField = "from" | "to" | "percentage" | "rule";

interface RuleWarning {
  /** Index in `ruleSet.rules`. */
  index: number;
  field: RuleField;
  code: string;
  message: string;
  /** Replacement text. */
  fix: string | null;
}

/** A target that retires within this many days is reported. */
const RETIRING_WITHIN_DAYS = 60;
/** Bounds on comparisons: patterns and misspelt names cost one each; a larger file gets no remarks on them. */
const GLOBS_COMPARED_MAX = 50;
const SOURCES_COMPARED_MAX = 500;

/**
 * Finds what is allowed but probably unintended: targets the provider will refuse, rules that cannot fire, misspelt
 * sources. In a text with errors, `unsound` are the indexes of rules that have one: such a rule may not take what it
 * seems to take, so it shadows none.
 */
export function findWarnings(
  ruleSet: RuleSet,
  catalogue: Catalogue,
  today: string,
  unsound: ReadonlySet<number> = new Set(),
): RuleWarning[] {
  const warnings = findRemarks(ruleSet, catalogue, today);
  return [...warnings, ...findShadowed(ruleSet, catalogue, unsound)].sort((a, b) => a.index - b.index);
}

/** Finds the warnings about single names and rules, in the order of the rules. */
function findRemarks(ruleSet: RuleSet, catalogue: Catalogue, today: string): RuleWarning[] {
  const byTarget = new Map<string, TargetRemark | null>();
  const comparedSources = new Set<string>();
  const warnings: RuleWarning[] = [];
  ruleSet.rules.forEach((rule, index) => {
    if (!byTarget.has(rule.to)) byTarget.set(rule.to, remarkOnTarget(rule.to, catalogue, today));
    const target = byTarget.get(rule.to);
    if (target) warnings.push({ index, field: "to", ...target });
    for (const remark of [remarkOnUse(rule), remarkOnSource(rule.from, catalogue, comparedSources)]) {
      if (remark) warnings.push({ index, ...remark });
    }
    if (rule.safeguards === "drop") warnings.push({ index, ...SAFEGUARDS_DROPPED });
  });
  return warnings;
}

type TargetRemark = Pick<RuleWarning, "code" | "message" | "fix">;

/** Explains why the provider will not, or soon will not, accept this id; null when it does. */
export function remarkOnTarget(to: string, catalogue: Catalogue, today: string): TargetRemark | null {
  const isExactId = catalogue.models.some((model) => model.id === to || model.aliases.includes(to));
  const model = findModel(catalogue, to);
  if (model && (!isExactId || to.includes("."))) return remarkOnSpelling(to, model, catalogue, today);
  if (!model) return remarkOnUnknown(to, catalogue);
  return remarkOnDates(to, model, catalogue, today);
}

function remarkOnSpelling(to: string, model: ModelEntry, catalogue: Catalogue, today: string): TargetRemark {
  const fix = isRetired(model, today) ? findSuccessor(model, catalogue, today) : model.id;
  const code = /\d\.\d/.test(to) ? "dotted-target" : "unknown-target";
  const why = code === "dotted-target" ? "no id of the provider has a dot" : "the provider does not know this spelling";
  return { code, message: `"${to}" will be answered with 404: ${why}. Did you mean "${fix}"?`, fix };
}

function remarkOnUnknown(to: string, catalogue: Catalogue): TargetRemark {
  const newest = catalogue.models.find((model) => model.family === to && model.status === "current");
  const near = newest?.id ?? nearest(to, targetIds(catalogue));
  const hint = near ? ` Did you mean "${near}"?` : "";
  return {
    code: "unknown-target",
    message: `"${to}" is not in the catalogue; the provider may respond with 404.${hint}`,
    fix: near,
  };
}

function remarkOnDates(to: string, model: ModelEntry, catalogue: Catalogue, today: string): TargetRemark | null {
  const fix = findSuccessor(model, catalogue, today);
  const hint = fix ? ` Did you mean "${fix}"?` : "";
  if (isRetired(model, today)) {
    const since = model.retiredAt ?? model.retiresAt;
    return { code: "retired-target", message: `"${to}" was retired${since ? ` on ${since}` : ""}.${hint}`, fix };
  }
  if (model.retiresAt === null || daysBetween(today, model.retiresAt) > RETIRING_WITHIN_DAYS) return null;
  return { code: "retiring-target", message: `"${to}" retires on ${model.retiresAt}.${hint}`, fix };
}

const isRetired = (model: ModelEntry, today: string): boolean =>
  model.status === "retired" ||
  (model.retiredAt !== null && model.retiredAt <= today) ||
  (model.retiresAt !== null && model.retiresAt <= today);

const findSuccessor = (model: ModelEntry, catalogue: Catalogue, today: string): string | null =>
  catalogue.models.find(
    (other) => other.family === model.family && other.status === "current" && !isRetired(other, today),
  )?.id ?? null;

const targetIds = (catalogue: Catalogue): string[] =>
  catalogue.models.filter((model) => model.status !== "retired").flatMap((model) => [model.id, ...model.aliases]);

const SAFEGUARDS_DROPPED: Omit<RuleWarning, "index"> = {
  field: "rule",
  code: "drops-safeguards",
  message: "This rule leaves out the safeguards of auto and plan mode where the served model does not take them.",
  fix: null,
};

type RuleRemark = Omit<RuleWarning, "index">;

function remarkOnUse(rule: Rule): RuleRemark | null {
  if (rule.from === rule.to) {
    const message = "This rule serves the requested model: it only shadows later rules.";
    return { field: "rule", code: "same-model", message, fix: null };
  }
  if (rule.when.titleLike === true && rule.when.hasTools === true) {
    const message = "A title request has no tools, so this rule never applies.";
    return { field: "rule", code: "never-applies", message, fix: null };
  }
  if (rule.percentage > 0) return null;
  return { field: "percentage", code: "no-share", message: "A share of 0% matches no session.", fix: null };
}

/**
 * Reports a probable misspelling. Any text is allowed on the left; only one that resembles a known name is reported,
 * and each once: `compared` are those looked up so far.
 */
export function remarkOnSource(from: string, catalogue: Catalogue, compared: Set<string>): RuleRemark | null {
  if (isGlob(from) || catalogueKey(catalogue, from) !== null || compared.has(from)) return null;
  if (compared.size >= SOURCES_COMPARED_MAX) return null;
  compared.add(from);
  const known = catalogue.models.flatMap((model) => [model.id, ...model.aliases, model.family]);
  const near = nearest(from, known);
  // A new version number is no misspelling: only letters that differ are.
  if (near === null || letters(near) === letters(modelKey(from))) return null;
  const message = `No known model is called "${from}". Did you mean "${near}"?`;
  return { field: "from", code: "unknown-source", message, fix: near };
}

const letters = (id: string): string => id.replace(/[^a-z]/gi, "").toLowerCase();

/** Finds shadowed rules: an earlier, unconditional rule is about the same model and takes every session. */
function findShadowed(ruleSet: RuleSet, catalogue: Catalogue, unsound: ReadonlySet<number>): RuleWarning[] {
  const compiled = compileRules(ruleSet, catalogue);
  const takesAll = new Map<string, CompiledRule>();
  const globs: CompiledRule[] = [];
  const warnings: RuleWarning[] = [];
  for (const current of compiled.rules) {
    const { rule, position: index, sourceKind, sourceKey } = current;
    if (!rule.enabled) continue;
    const earlier = takesAll.get(`text ${rule.from}`) ?? findShadow(compiled, current, takesAll, globs);
    if (earlier) {
      const message = `This rule never applies: line ${earlier.rule.line} ("${earlier.rule.from}") comes first and takes every such request.`;
      warnings.push({ index, field: "rule", code: "shadowed-rule", message, fix: null });
      continue;
    }
    if (unsound.has(index) || current.shareBelow < 10_000 || !asksForNothing(rule.when)) continue;
    takesAll.set(`text ${rule.from}`, current).set(`${sourceKind} ${sourceKey}`, current);
    if (sourceKind === "glob" && globs.length < GLOBS_COMPARED_MAX) globs.push(current);
  }
  return warnings;
}

function findShadow(
  compiled: CompiledRules,
  { sourceKind, sourceKey, rule }: CompiledRule,
  takesAll: ReadonlyMap<string, CompiledRule>,
  globs: readonly CompiledRule[],
): CompiledRule | undefined {
  if (sourceKind !== "model") return globs.find((glob) => /^\*+$/.test(glob.rule.from));
  return (
    takesAll.get(`model ${sourceKey}`) ??
    takesAll.get(`family ${findFamily(compiled, sourceKey)}`) ??
    globs.find((glob) => isAboutModel(compiled, glob, rule.from))
  );
}

const asksForNothing = (when: RuleConditions): boolean =>
  Object.values(when).every((value) => value === null || (Array.isArray(value) && value.length === 0));
