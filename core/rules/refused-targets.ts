import type { Catalogue } from "#core/costs/catalogue.ts";
import type { Problem, RuleSet } from "./rule-set.ts";
import { remarkOnTarget } from "./warnings.ts";

/** A file may contain such a target and loads with a warning; the console does not publish one. */
const refusedCodes: ReadonlySet<string> = new Set(["unknown-target", "dotted-target", "retired-target"]);

/**
 * Reports targets the provider would answer with 404, as errors. One that is live already passes: a custom upstream
 * may know it, and an old rule must not block the publish that fixes another.
 */
export function refusedTargets(
  ruleSet: RuleSet,
  problems: readonly Problem[],
  live: RuleSet | null,
  context: { catalogue: Catalogue; today: string },
): Problem[] {
  const known = new Set(live?.rules.map((rule) => rule.to));
  const refused: Problem[] = [];
  for (const rule of ruleSet.rules) {
    if (known.has(rule.to)) continue;
    const remark = remarkOnTarget(rule.to, context.catalogue, context.today);
    if (!remark || !refusedCodes.has(remark.code)) continue;
    const place = problems.find(
      (problem) => problem.code === remark.code && problem.message === remark.message && problem.line >= rule.line,
    );
    const { line } = rule;
    refused.push({ line, column: 1, endLine: line, endColumn: 1, ...place, ...remark, severity: "error" });
  }
  return refused;
}
