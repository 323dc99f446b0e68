import type { Actor } from "#core/access/actor.ts";
import { may } from "#core/access/permissions.ts";
import { openBatchesTitle } from "#core/batches/open-batches.ts";
import type { Catalogue, ModelEntry } from "#core/costs/catalogue.ts";
import { cheaperModel, wouldSave } from "#core/costs/cheaper-model.ts";
import { totalsBy } from "#core/costs/cost-table.ts";
import { findErrorJumps } from "#core/costs/error-jumps.ts";
import { findModel, hasPrice } from "#core/costs/model-key.ts";
import type { Attention, TopRule } from "#core/costs/overview.ts";
import { NANO_PER_USD } from "#core/money/nano-usd.ts";
import { compileRules } from "#core/rules/compile.ts";
import { findOtherGenerations } from "#core/rules/other-generations.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";
import { addDays, toDayKey } from "#core/time/instant.ts";
import { brokenRulesFiles, draftsSince } from "#store/attention.ts";
import { hashToml } from "#store/hashes.ts";
import type { RollupGroup } from "#store/rollups.ts";
import { latestRuleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { currentPrices } from "../prices/price-catalogue.ts";
import { readOpenBatches } from "./open-batches.ts";
import { sumByModel } from "./requests-by-model.ts";
import { dayRows } from "./rows.ts";
import { liveRuleSet } from "./rule-facts.ts";
import { readRulesSinceChange } from "./rules-since-change.ts";
import type { CostScope } from "./scope.ts";

type ModelRow = RollupGroup<"billingMode" | "requestedModel" | "servedModel" | "decision">;

/** An instance that has not reported for a minute counts as gone, and its broken file with it. */
const instanceSilentMs = 60_000;
const draftDays = 30;
const retiresWithinDays = 30;

/** Lists what needs attention, most urgent first, each with one action. */
export async function needsALook(
  actor: Actor,
  scope: CostScope,
  applied: readonly TopRule[],
  deps: ControlDeps,
): Promise<Attention[]> {
  const [files, live, rows, drafts, sinceChange, batches, prices] = await Promise.all([
    brokenFiles(deps),
    liveRuleSet(deps),
    dayRows(scope, ["requestedModel", "servedModel", "decision"], deps),
    waitingDrafts(deps),
    readRulesSinceChange(scope.filter, deps),
    readOpenBatches(scope, deps),
    currentPrices(deps),
  ]);
  const mayRollBack = may(actor, "rules.roll-back");
  const paused: Attention[] = live && !live.ruleSet.enabled ? [{ kind: "paused", version: live.number }] : [];
  const targets = live?.ruleSet.rules.filter((rule) => rule.enabled).map((rule) => rule.to) ?? [];
  return [
    ...files,
    ...paused,
    // A roll back is offered only to people who may do it.
    ...findErrorJumps(sinceChange.map((rule) => (mayRollBack ? rule : { ...rule, rollBackTo: null }))),
    ...losses(applied),
    ...retiredTargets(targets, deps),
    ...(openBatchesTitle(batches) === null ? [] : [{ kind: "batches" as const, open: batches }]),
    ...unpriced(rows, prices, may(actor, "prices.change")),
    ...otherGenerations(live?.ruleSet ?? null, rows, deps),
    ...unruled(rows, prices, deps),
    ...drafts,
  ];
}

async function brokenFiles(deps: ControlDeps): Promise<Attention[]> {
  const files = await brokenRulesFiles(deps.db, new Date((await deps.sharedNow()).getTime() - instanceSilentMs));
  const first = files[0];
  return first ? [{ kind: "rules-file", problem: first.problem, instances: files.length }] : [];
}

const losses = (rules: readonly TopRule[]): Attention[] =>
  rules.flatMap((rule): Attention[] => {
    const saved = BigInt(rule.savedNanoUsd ?? 0);
    if (saved > -NANO_PER_USD) return [];
    return [{ kind: "losing", route: pickRoute(rule), lostNanoUsd: (-saved).toString(), requests: rule.requests }];
  });

const pickRoute = ({ ruleId, from, to, note }: TopRule) => ({ ruleId, from, to, note });

function retiredTargets(targets: readonly string[], deps: ControlDeps): Attention[] {
  const today = toDayKey(deps.now().getTime(), "UTC");
  const soon = addDays(today, retiresWithinDays);
  return [...new Set(targets)].flatMap((model): Attention[] => {
    const at = findRetirement(findModel(deps.config.catalogue, model));
    if (at === null || at > soon) return [];
    return [{ kind: "retired", model, at, isPast: at <= today, rules: targets.filter((to) => to === model).length }];
  });
}

const findRetirement = (model: ModelEntry | null): string | null => model?.retiredAt ?? model?.retiresAt ?? null;

/** Finds the unpriced requests. A price is offered for a model that has none: others lack what the provider used. */
function unpriced(rows: readonly ModelRow[], prices: Catalogue, mayAdd: boolean): Attention[] {
  const missing = rows.filter((row) => row.unpriced > 0n);
  if (missing.length === 0) return [];
  const byModel = [...totalsBy(missing, (row) => row.servedModel || "no model")];
  const models = byModel.sort(([, a], [, b]) => Number(b.unpriced - a.unpriced)).map(([model]) => model);
  const requests = byModel.reduce((sum, [, totals]) => sum + Number(totals.unpriced), 0);
  const addPriceOf = mayAdd ? (models.find((model) => model !== "no model" && !hasPrice(model, prices)) ?? null) : null;
  return [{ kind: "unpriced", requests, models, addPriceOf }];
}

/** Finds rules for one id that miss clients whose alias is another id. */
function otherGenerations(ruleSet: RuleSet | null, rows: readonly ModelRow[], deps: ControlDeps): Attention[] {
  if (ruleSet === null || !ruleSet.enabled) return [];
  const compiled = compileRules(ruleSet, deps.config.catalogue);
  return findOtherGenerations(compiled, sumByModel(rows)).map((found) => ({ kind: "other-generations", ...found }));
}

/** Finds the model whose unchanged traffic costs most, when that is worth a rule and a cheaper model exists. */
function unruled(rows: readonly ModelRow[], prices: Catalogue, deps: ControlDeps): Attention[] {
  // Prices begin on UTC days.
  const today = toDayKey(deps.now().getTime(), "UTC");
  const metered = rows.filter((row) => row.billingMode !== "subscription");
  const spend = metered.reduce((sum, row) => sum + row.costNanoUsd, 0n);
  const passed = totalsBy(
    metered.filter((row) => row.decision === "pass" && row.requestedModel),
    (row) => row.requestedModel,
  );
  const costs = [...passed].map(([model, totals]) => ({ model, totals, cost: totals.cost ?? 0n }));
  for (const { model, totals, cost } of costs.sort((a, b) => (a.cost < b.cost ? 1 : -1))) {
    if (cost < NANO_PER_USD || cost * 5n < spend) return [];
    const target = cheaperModel(deps.config.catalogue, model);
    if (!target) continue;
    const saving = wouldSave(prices, today, { from: model, to: target.id }, { ...totals, costNanoUsd: cost });
    const hasRule = metered.some((row) => row.requestedModel === model && row.decision === "override");
    return [
      {
        kind: "unruled",
        model,
        hasRule,
        costNanoUsd: cost.toString(),
        target: target.id,
        wouldSaveNanoUsd: saving !== null && saving > 0n ? saving.toString() : null,
      },
    ];
  }
  return [];
}

async function waitingDrafts(deps: ControlDeps): Promise<Attention[]> {
  const since = new Date(deps.now().getTime() - draftDays * 86_400_000);
  const [drafts, latest] = await Promise.all([draftsSince(deps.db, since), latestRuleVersion(deps.db)]);
  return drafts
    .filter((draft) => hashToml(draft.toml) !== latest?.tomlHash)
    .map(({ name, updatedAt, basedOn }) => ({ kind: "draft", name, updatedAt: updatedAt.toISOString(), basedOn }));
}
