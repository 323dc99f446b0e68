import { findModel } from "#core/costs/model-key.ts";
import { type CompiledRules, isAboutModel } from "./compile.ts";
import type { Problem } from "./rule-set.ts";

/** A share below one in this many of a family's requests is not reported. */
const REMARKED_FROM_ONE_IN = 20;
/** Requests of a family below which a share of them says nothing. */
const SAMPLE_LEAST = 20;

/** Traffic of a family that rules for one of its models do not match. */
interface OtherGenerations {
  family: string;
  /** Models that rules of this family name. */
  named: string[];
  /** Models of the family without a rule, the most requested first. */
  untouched: string[];
  /** Requests of the untouched models, and of the whole family. */
  requests: number;
  total: number;
}

/**
 * Families whose rules name single ids while clients of other versions ask for other ids: "opus" is another model in an older
 * client. Exact, of the requests given by model; switched-off rules do not count, nor does less than a twentieth of a
 * family, nor a family with fewer than 20 requests.
 */
export function findOtherGenerations(
  compiled: CompiledRules,
  requestsByModel: ReadonlyMap<string, number>,
): OtherGenerations[] {
  const { catalogue } = compiled;
  const rules = compiled.rules.filter(({ rule }) => rule.enabled);
  const namedBy = new Map<string, Set<string>>();
  for (const { rule, sourceKind } of rules) {
    const model = sourceKind === "model" ? findModel(catalogue, rule.from) : null;
    if (model !== null) namedBy.set(model.family, (namedBy.get(model.family) ?? new Set()).add(model.id));
  }
  const families = new Map<string, { total: number; untouched: Map<string, number> }>();
  for (const [asked, requests] of requestsByModel) {
    const model = findModel(catalogue, asked);
    if (model === null || !namedBy.has(model.family)) continue;
    const family = families.get(model.family) ?? { total: 0, untouched: new Map<string, number>() };
    families.set(model.family, family);
    family.total += requests;
    if (!rules.some((rule) => isAboutModel(compiled, rule, asked)))
      family.untouched.set(model.id, (family.untouched.get(model.id) ?? 0) + requests);
  }
  return [...families].flatMap(([family, { total, untouched }]) => {
    const models = [...untouched].sort(([, a], [, b]) => b - a);
    const requests = models.reduce((sum, [, count]) => sum + count, 0);
    if (requests === 0 || total < SAMPLE_LEAST || requests * REMARKED_FROM_ONE_IN < total) return [];
    const named = [...(namedBy.get(family) ?? [])];
    return [{ family, named, untouched: models.map(([id]) => id), requests, total }];
  });
}

/** Reports the same as remarks on a rules text, each at the first rule that names a model of the family. */
export function remarkOnOtherGenerations(
  compiled: CompiledRules,
  requestsByModel: ReadonlyMap<string, number>,
): Problem[] {
  return findOtherGenerations(compiled, requestsByModel).flatMap(({ family, named, untouched, requests, total }) => {
    const rule = compiled.rules.find((one) => {
      const model = one.sourceKind === "model" ? findModel(compiled.catalogue, one.rule.from) : null;
      return one.rule.enabled && model !== null && named.includes(model.id);
    })?.rule;
    if (rule === undefined) return [];
    const share = Math.round((100 * requests) / total);
    const message = `${share}% of ${family} traffic of the last 30 days is for other generations (${untouched.join(", ")}), which no rule matches. A rule from "${family}" covers them all.`;
    const { line } = rule;
    const place = { line, column: 1, endLine: line, endColumn: 1 };
    return [{ severity: "warning", ...place, code: "other-generations", message, fix: null }];
  });
}
