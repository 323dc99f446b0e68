import { compareSince, type RuleSinceChange } from "#core/costs/error-jumps.ts";
import { isApplied } from "#core/costs/rule-figures.ts";
import { addDays, toDayKey } from "#core/time/instant.ts";
import { latestRuleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { previousVersion } from "../rules/previous-version.ts";
import { reportingZone } from "../settings/read.ts";
import { rowsSinceDay } from "./rows.ts";
import { liveRuleSet, ruleFacts } from "./rule-facts.ts";
import type { CostScope } from "./scope.ts";

/**
 * Compares each live rule that was applied with all others, since its last change. That is since the version that gave
 * it its present form: however long ago that was, and for every range that a page shows. Overview and alerts read it
 * here, so that both show the same figures.
 */
export async function readRulesSinceChange(filter: CostScope["filter"], deps: ControlDeps): Promise<RuleSinceChange[]> {
  const live = await liveRuleSet(deps);
  const facts = await ruleFacts(new Set(live?.ruleSet.rules.map(({ id }) => id)), deps);
  const firstMs = [...facts.values()].reduce(
    (first, { cause }) => Math.min(first, cause.atMs),
    Number.POSITIVE_INFINITY,
  );
  if (!Number.isFinite(firstMs)) return [];
  const by = ["ruleId", "decision", "ruleVersion"] as const;
  // The version decides what counts. The day before is read, too: clocks of instances differ.
  const fromDay = addDays(toDayKey(firstMs, await reportingZone(deps)), -1);
  const rows = await rowsSinceDay(fromDay, filter, by, deps);
  const applied = rows.filter(isApplied);
  const samples = applied
    .filter(({ decision }) => decision === "override")
    .map(({ ruleId, ruleVersion: version, requests, errors }) => ({
      ...{ ruleId, version, requests: Number(requests), errors: Number(errors) },
    }));
  const latest = await latestRuleVersion(deps.db);
  const previous = (latest && (await previousVersion(latest, deps))?.number) ?? null;
  const seen = new Set(applied.map(({ ruleId }) => ruleId));
  return [...facts].flatMap(([ruleId, { from, to, note, cause }]): RuleSinceChange[] => {
    if (!seen.has(ruleId)) return [];
    const { version } = cause;
    const compared = compareSince(samples, ruleId, version);
    // Only while the cause is live: rolling back further would also undo later work.
    return [{ ruleId, from, to, note, version, compared, rollBackTo: version === latest?.number ? previous : null }];
  });
}
