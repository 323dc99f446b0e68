import { findModel } from "#core/costs/model-key.ts";
import { formatCount } from "#core/report/format.ts";
import { type CompiledRules, findFamily, isAboutModel, toModelKey } from "./compile.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import type { Problem } from "./rule-set.ts";

/** A share below one in this many of a family's requests is not reported. */
const REMARKED_FROM_ONE_IN = 20;
/** Requests of a family below which a share of them says nothing. */
const SAMPLE_LEAST = 20;

/** Traffic of a family that rules for one of its models do not match. */
interface OtherGenerations {
  family: string;
  /** Models that rules of this family name, and patterns for some of its models. */
  named: string[];
  /** Models of the family without a rule, the most requested first. */
  untouched: string[];
  /** Requests of the untouched models, and of the whole family. */
  requests: number;
  total: number;
}

/**
 * Finds families whose rules name single models or a generation, while clients also ask for others. The rules name
 * single ids, or patterns for a generation, and clients of other versions ask for other ids. "opus" is another model in
 * an older client, and in a newer one a model that the catalogue does not know yet. It is exact, of the requests given
 * by model. Switched-off rules do not count, nor does less than a twentieth of a family, nor a family with fewer than
 * 20 requests.
 */
export function findOtherGenerations(
  compiled: CompiledRules,
  requestsByModel: ReadonlyMap<string, number>,
): OtherGenerations[] {
  const { catalogue } = compiled;
  const rules = compiled.rules.filter(({ rule }) => rule.enabled);
  const namedBy = new Map<string, Set<string>>();
  for (const rule of rules) {
    const source = findSource(compiled, rule);
    if (source !== null) namedBy.set(source.family, (namedBy.get(source.family) ?? new Set()).add(source.name));
  }
  const families = new Map<string, { total: number; untouched: Map<string, number> }>();
  for (const [asked, requests] of requestsByModel) {
    const model = findModel(catalogue, asked);
    const name = model?.family ?? findFamily(compiled, toModelKey(catalogue, asked));
    if (name === null || !namedBy.has(name)) continue;
    const family = families.get(name) ?? { total: 0, untouched: new Map<string, number>() };
    families.set(name, family);
    family.total += requests;
    const id = model?.id ?? asked;
    if (!rules.some((rule) => isAboutModel(compiled, rule, asked)))
      family.untouched.set(id, (family.untouched.get(id) ?? 0) + requests);
  }
  return [...families].flatMap(([family, { total, untouched }]) => {
    const models = [...untouched].sort(([, a], [, b]) => b - a);
    const requests = models.reduce((sum, [, count]) => sum + count, 0);
    if (requests === 0 || total < SAMPLE_LEAST || requests * REMARKED_FROM_ONE_IN < total) return [];
    const named = [...(namedBy.get(family) ?? [])];
    return [{ family, named, untouched: models.map(([id]) => id), requests, total }];
  });
}

/**
 * Finds the family that a rule is about without naming it, and how the rule is called. It is called by the id of its
 * one model, or by its pattern. Null for a rule of a family, for one about several families or none, and for one that
 * stays in its family.
 */
function findSource(compiled: CompiledRules, compiledRule: CompiledRule): { family: string; name: string } | null {
  const source = findNamed(compiled, compiledRule);
  const { catalogue } = compiled;
  const target = compiledRule.rule.to;
  const served = findModel(catalogue, target)?.family ?? findFamily(compiled, toModelKey(catalogue, target));
  // Skip a rule from one generation to another. What is asked for beside it is what the rule leads to, or is left alone
  // on purpose.
  return source?.family === served ? null : source;
}

function findNamed(compiled: CompiledRules, compiledRule: CompiledRule): { family: string; name: string } | null {
  const { catalogue } = compiled;
  const { rule, sourceKind } = compiledRule;
  if (sourceKind === "family") return null;
  if (sourceKind === "model") {
    const model = findModel(catalogue, rule.from);
    const family = model?.family ?? findFamily(compiled, toModelKey(catalogue, rule.from));
    return family === null ? null : { family, name: model?.id ?? rule.from };
  }
  const families = new Set(
    catalogue.models.filter(({ id }) => isAboutModel(compiled, compiledRule, id)).map(({ family }) => family),
  );
  if (families.size > 1) return null;
  const [family = findFamily(compiled, toModelKey(catalogue, rule.from))] = families;
  return family === null ? null : { family, name: rule.from };
}

/** Callers name models: their list has no bound. */
const LISTED_MAX = 5;

const listed = (models: readonly string[]): string => {
  const more = models.length - LISTED_MAX;
  return `${models.slice(0, LISTED_MAX).join(", ")}${more > 0 ? ` and ${formatCount(more)} more` : ""}`;
};

/**
 * Reports other generations as remarks on a rules text. Each stands at the first rule that names a model of the family.
 */
export function remarkOnOtherGenerations(
  compiled: CompiledRules,
  requestsByModel: ReadonlyMap<string, number>,
): Problem[] {
  return findOtherGenerations(compiled, requestsByModel).flatMap(({ family, named, untouched, requests, total }) => {
    const rule = compiled.rules.find((one) => {
      const source = one.rule.enabled ? findSource(compiled, one) : null;
      return source !== null && source.family === family && named.includes(source.name);
    })?.rule;
    if (rule === undefined) return [];
    const share = Math.round((100 * requests) / total);
    const message = `${share}% of ${family} traffic of the last 30 days is for other generations (${listed(untouched)}), which no rule matches. Where they are meant too, a rule from "${family}" covers them all.`;
    const { line } = rule;
    const place = { line, column: 1, endLine: line, endColumn: 1 };
    return [{ severity: "warning", ...place, code: "other-generations", message, fix: null }];
  });
}
