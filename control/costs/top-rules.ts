import { groupBy } from "#core/costs/chart-series.ts";
import { findTier } from "#core/costs/model-key.ts";
import type { TopRule } from "#core/costs/overview.ts";
import { figuresByRule, isApplied, type RuleFigures, ruleFigureDims } from "#core/costs/rule-figures.ts";
import type { RollupGroup } from "#store/rollups.ts";
import type { ControlDeps } from "../deps.ts";
import { dayRows } from "./rows.ts";
import { type RuleFact, ruleFacts } from "./rule-facts.ts";
import type { CostScope } from "./scope.ts";

type RuleRow = RollupGroup<"billingMode" | "ruleId" | "decision" | "requestedModel" | "servedModel">;

/** Lists every rule that was applied in the range: largest saving first, losses after it, rules without a price last. */
export async function appliedRules(scope: CostScope, deps: ControlDeps): Promise<TopRule[]> {
  const by = [...ruleFigureDims, "requestedModel", "servedModel"] as const;
  const rows = (await dayRows(scope, by, deps)).filter(isApplied);
  const figures = figuresByRule(rows);
  const byRule = groupBy(rows, (row) => row.ruleId);
  const facts = await ruleFacts(new Set(figures.keys()), deps);
  const rules = [...figures].map(([ruleId, own]) => ({
    ...own,
    ...buildIdentity(ruleId, byRule.get(ruleId) ?? [], facts.get(ruleId), deps),
  }));
  return rules.sort(bySaving);
}

/** Sorts by saving; rules without a price come last. */
function bySaving(one: TopRule, other: TopRule): number {
  if (one.savedNanoUsd === null || other.savedNanoUsd === null) {
    return Number(one.savedNanoUsd === null) - Number(other.savedNanoUsd === null) || other.requests - one.requests;
  }
  const difference = BigInt(other.savedNanoUsd) - BigInt(one.savedNanoUsd);
  return difference === 0n ? other.requests - one.requests : difference > 0n ? 1 : -1;
}

function buildIdentity(
  ruleId: string,
  rows: readonly RuleRow[],
  fact: RuleFact | undefined,
  deps: ControlDeps,
): Omit<TopRule, keyof RuleFigures> {
  const busiest = [...rows].sort((a, b) => Number(b.requests - a.requests));
  const asked = busiest[0]?.requestedModel ?? "";
  const served = busiest.find((row) => row.decision === "override")?.servedModel ?? "";
  const to = fact?.to ?? served;
  return {
    ruleId,
    from: fact?.from ?? asked,
    to,
    // A rule for a family or a pattern has the colour of its most frequent model.
    fromTier: findTier(deps.config.catalogue, asked),
    toTier: findTier(deps.config.catalogue, to),
    note: fact?.note ?? null,
    sinceVersion: fact?.sinceVersion ?? null,
    sinceAt: fact?.sinceAt.toISOString() ?? null,
    isLive: fact?.isLive ?? false,
  };
}
