import { findTier } from "#core/costs/model-key.ts";
import { figuresByRule, type RuleFigures, ruleFigureDims } from "#core/costs/rule-figures.ts";
import { CONDITIONS } from "#core/rules/conditions/registry.ts";
import type { FallbackMode, Rule, RuleForm, RuleSet } from "#core/rules/rule-set.ts";
import { parseRange } from "#core/time/range.ts";
import { dayRows } from "../costs/rows.ts";
import type { ControlDeps } from "../deps.ts";
import { reportingZone } from "../settings/read.ts";
import { statsDays } from "./stats-days.ts";

export interface RuleRow {
  id: string;
  form: RuleForm;
  line: number;
  from: string;
  to: string;
  fromTier: 1 | 2 | 3 | null;
  toTier: 1 | 2 | 3 | null;
  note: string | null;
  enabled: boolean;
  percentage: number;
  fallback: FallbackMode;
  /** Each condition in a few words. */
  conditions: string[];
  /** Null: not visible to this actor. */
  stats: RuleFigures | null;
}

/** Builds the rules in match order, with the recent effect of each one. */
export async function ruleRows(ruleSet: RuleSet, withStats: boolean, deps: ControlDeps): Promise<RuleRow[]> {
  const stats = withStats ? await statsByRule(deps) : null;
  return ruleSet.rules.map((rule) => ({
    id: rule.id,
    form: rule.form,
    line: rule.line,
    from: rule.from,
    to: rule.to,
    fromTier: tierOfSource(rule.from, deps),
    toTier: findTier(deps.config.catalogue, rule.to),
    note: rule.note,
    enabled: rule.enabled,
    percentage: rule.percentage,
    fallback: rule.fallback,
    conditions: conditionChips(rule),
    stats: stats && (stats.get(rule.id) ?? noFigures),
  }));
}

const noFigures: RuleFigures = { requests: 0, errors: 0, fallbacks: 0, savedNanoUsd: "0", unpriced: 0 };

async function statsByRule(deps: ControlDeps): Promise<Map<string, RuleFigures>> {
  const range = parseRange(`${statsDays}d`, await reportingZone(deps), deps.now().getTime());
  return figuresByRule(await dayRows({ range, filter: {} }, ruleFigureDims, deps));
}

/** Price tier of a rule's left side. A family word has that of its current model, a pattern that of its family. */
function tierOfSource(from: string, deps: ControlDeps): 1 | 2 | 3 | null {
  const { catalogue } = deps.config;
  const exact = findTier(catalogue, from);
  if (exact !== null) return exact;
  const words = from.replace(/[*?]/g, "-").split(/[^a-z]+/);
  const member = catalogue.models.find((model) => model.status === "current" && words.includes(model.family));
  return member ? findTier(catalogue, member.id) : null;
}

/** Formats a rule's conditions besides the model, each in a few words. */
export function conditionChips({ when, safeguards, fastMode }: Rule): string[] {
  const chips = CONDITIONS.flatMap((condition) => condition.chips(when));
  if (safeguards === "drop") chips.push("leaves out safeguards");
  if (fastMode === "skip") chips.push("not in fast mode");
  return chips;
}
