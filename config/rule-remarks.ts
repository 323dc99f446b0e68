import type { Catalogue } from "#core/costs/catalogue.ts";
import { isGlob } from "#core/rules/glob.ts";
import type { Rule, RuleSet } from "#core/rules/rule-set.ts";
import { findWarnings, remarkOnSource, remarkOnTarget } from "#core/rules/warnings.ts";
import type { ProblemList } from "./problem-list.ts";
import { type LocatedRule, plainRule, type RuleProblems } from "./rule-reader.ts";
import { NOWHERE } from "./table-reader.ts";

/** Everything that was read of the rules of a text, which may have errors. */
export interface ReadRules extends Omit<RuleProblems, "list"> {
  ruleSet: RuleSet;
  placed: readonly LocatedRule[];
  /** Indexes of placed rules with errors: each has a default where its error is. */
  unsound: ReadonlySet<number>;
  /** Rules of the text, those included that were not read; null when a section of rules was none. */
  count: number | null;
}

interface RemarkContext {
  catalogue: Catalogue;
  /** YYYY-MM-DD, for models that retire soon. */
  today: string;
}

/** Adds the warnings about rules that were read. */
export function addWarnings({ ruleSet, placed, unsound }: ReadRules, context: RemarkContext, list: ProblemList): void {
  for (const warning of findWarnings(ruleSet, context.catalogue, context.today, unsound)) {
    const { index, field, code, message, fix } = warning;
    list.add("warning", placed[index]?.spans[field] ?? NOWHERE, code, message, fix);
  }
}

/** Looks up the models of rules that were not read as a whole. */
export function addLoneModels(read: ReadRules, { catalogue, today }: RemarkContext, list: ProblemList): void {
  const compared = new Set(read.placed.map(({ rule }) => rule.from));
  for (const { model, span } of read.loneSources) {
    if (list.isFull) return;
    const remark = remarkOnSource(model, catalogue, compared);
    if (remark !== null) list.add("warning", span, remark.code, remark.message, remark.fix);
  }
  for (const { model, span } of read.loneTargets) {
    if (list.isFull) return;
    const remark = isGlob(model) ? null : remarkOnTarget(model, catalogue, today);
    if (remark !== null) list.add("warning", span, remark.code, remark.message, remark.fix);
  }
}

/**
 * The rules of a text with errors, for remarks on which models rules are about. Null when the requested model of a rule
 * was not read: it could be any. A rule whose served model or `enabled` was not read leads to the model it is about:
 * it counts as a rule about that model and gives no cause for a remark.
 */
export function readableRules({ count, placed, loneSources }: ReadRules, list: ProblemList): Rule[] | null {
  if (count === null || placed.length + loneSources.length < count) return null;
  return [
    ...placed.map(({ rule, isSwitchRead }) => (isSwitchRead && !isGlob(rule.to) ? rule : { ...rule, to: rule.from })),
    ...loneSources.map(({ model, span }) => plainRule(list.findLine(span), model, model)),
  ];
}
