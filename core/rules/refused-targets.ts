import type { Catalogue } from "#core/costs/catalogue.ts";
import { formatCount } from "#core/report/format.ts";
import type { Problem, RuleSet } from "./rule-set.ts";
import { remarkOnTarget } from "./warnings.ts";

/** A file may contain such a target and loads with a warning; the console does not publish one. */
const refusedCodes: ReadonlySet<string> = new Set(["unknown-target", "dotted-target", "retired-target"]);
/** More would help no reader. */
const REFUSED_MAX = 100;

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
  const remarks = new Map<string, ReturnType<typeof remarkOnTarget>>();
  const places = groupProblems(problems);
  const refused: Problem[] = [];
  let leftOut = 0;
  for (const rule of ruleSet.rules) {
    if (known.has(rule.to)) continue;
    const found = remarks.get(rule.to);
    const remark = found === undefined ? remarkOnTarget(rule.to, context.catalogue, context.today) : found;
    remarks.set(rule.to, remark);
    if (!remark || !refusedCodes.has(remark.code)) continue;
    if (refused.length >= REFUSED_MAX) {
      leftOut++;
      continue;
    }
    const { line } = rule;
    const place = places.get(toKey(remark))?.find((problem) => problem.line >= line);
    refused.push({ line, column: 1, endLine: line, endColumn: 1, ...place, ...remark, severity: "error" });
  }
  const last = refused.at(-1);
  if (last && leftOut > 0)
    refused.push({ ...last, code: "more", message: `${formatCount(leftOut)} more targets are not listed.`, fix: null });
  return refused;
}

/**
 * Problems of a text that has no rules because of other errors. Its remarks on refused targets are errors there: all
 * errors are reported at once. Those on live targets stay remarks.
 */
export function withRefusedTargets(
  problems: readonly Problem[],
  live: RuleSet | null,
  context: { catalogue: Catalogue; today: string },
): Problem[] {
  const known = new Set<string>();
  for (const target of new Set(live?.rules.map((rule) => rule.to))) {
    const remark = remarkOnTarget(target, context.catalogue, context.today);
    if (remark) known.add(toKey(remark));
  }
  return problems.map((problem) =>
    refusedCodes.has(problem.code) && !known.has(toKey(problem)) ? { ...problem, severity: "error" } : problem,
  );
}

const toKey = ({ code, message }: Pick<Problem, "code" | "message">): string => `${code} ${message}`;

/** Problems about targets by what they say, in the order of the text. */
function groupProblems(problems: readonly Problem[]): Map<string, Problem[]> {
  const places = new Map<string, Problem[]>();
  for (const problem of problems) {
    if (!refusedCodes.has(problem.code)) continue;
    const same = places.get(toKey(problem));
    if (same === undefined) places.set(toKey(problem), [problem]);
    else same.push(problem);
  }
  return places;
}
