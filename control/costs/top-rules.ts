import { groupBy } from "#core/costs/chart-series.ts";
import { totalsOf } from "#core/costs/cost-totals.ts";
import type { RuleCause, RuleSample } from "#core/costs/error-jumps.ts";
import { tierOf } from "#core/costs/model-key.ts";
import type { TopRule } from "#core/costs/overview.ts";
import type { RollupGroup } from "#store/rollups.ts";
import type { ControlDeps } from "../deps.ts";
import { dayRows } from "./rows.ts";
import { type RuleFact, ruleFacts } from "./rule-facts.ts";
import type { CostScope } from "./scope.ts";

type RuleRow = RollupGroup<"billingMode" | "ruleId" | "ruleVersion" | "decision" | "requestedModel" | "servedModel">;

export interface AppliedRules {
  /** Largest saving first; a loss comes last. */
  rules: TopRule[];
  /** The same requests by version. */
  samples: RuleSample[];
  /** By rule; absent for a rule that is in no known version. */
  causes: Map<string, RuleCause>;
}

/** Every rule that was applied in the range. */
export async function appliedRules(scope: CostScope, deps: ControlDeps): Promise<AppliedRules> {
  const by = ["ruleId", "ruleVersion", "decision", "requestedModel", "servedModel"] as const;
  const rows = (await dayRows(scope, by, deps)).filter(isApplied);
  const byRule = groupBy(rows, (row) => row.ruleId);
  const facts = await ruleFacts(new Set(byRule.keys()), deps);
  const rules = [...byRule].map(([ruleId, own]) => topRule(ruleId, own, facts.get(ruleId), deps));
  rules.sort((a, b) => {
    const difference = BigInt(b.savedNanoUsd) - BigInt(a.savedNanoUsd);
    return difference === 0n ? b.requests - a.requests : difference > 0n ? 1 : -1;
  });
  return { rules, samples: rows.map(sampleOf), causes: new Map([...facts].map(([id, { cause }]) => [id, cause])) };
}

const sampleOf = ({ ruleId, ruleVersion, requests, errors }: RuleRow): RuleSample => ({
  ruleId,
  version: ruleVersion,
  requests: Number(requests),
  errors: Number(errors),
});

/** A fallback was sent to the rule's model first: it belongs to the rule's account. */
const isApplied = (row: RuleRow): boolean =>
  Boolean(row.ruleId) && (row.decision === "override" || row.decision === "fallback");

function topRule(ruleId: string, rows: readonly RuleRow[], fact: RuleFact | undefined, deps: ControlDeps): TopRule {
  const totals = totalsOf(rows);
  const busiest = [...rows].sort((a, b) => Number(b.requests - a.requests));
  const asked = busiest[0]?.requestedModel ?? "";
  const served = busiest.find((row) => row.decision === "override")?.servedModel ?? "";
  const to = fact?.to ?? served;
  return {
    ruleId,
    from: fact?.from ?? asked,
    to,
    // A rule for a family or a pattern has the colour of the model it met most.
    fromTier: tierOf(deps.config.catalogue, asked),
    toTier: tierOf(deps.config.catalogue, to),
    note: fact?.note ?? null,
    requests: Number(totals.requests),
    errors: Number(totals.errors),
    savedNanoUsd: totals.saved.toString(),
    sinceVersion: fact?.sinceVersion ?? null,
    sinceAt: fact?.sinceAt.toISOString() ?? null,
    isLive: fact?.isLive ?? false,
  };
}
