import { computeHitRate } from "#core/cache/hit-rate.ts";
import { formatPercent } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { type AlertKind, DAY_MS, HOUR_MS, unreadableRules } from "../alert-kind.ts";
import { buildShare } from "../evidence.ts";

/** The response cache serves few of its look-ups. */
export const hitRate: AlertKind = {
  name: "Hit rate of the response cache",
  about: ({ threshold }) => `below ${threshold}% of the look-ups of 24 hours`,
  threshold: { label: "Below", unit: "percent", min: 1, max: 100 },
  sample: { label: "Minimum sample", unit: "look-ups", min: 1, max: 1_000_000 },
  defaults: { threshold: 30, minimumSample: 200, holdMs: HOUR_MS, coolDownMs: DAY_MS },
  isOnAtFirst: true,
  judge({ cacheDay, areRulesUnreadable }, { threshold, minimumSample }) {
    if (areRulesUnreadable) return unreadableRules;
    if (cacheDay === null) return { now: "the response cache is off", missing: 0, over: [] };
    const lookUps = cacheDay.hits + cacheDay.misses;
    if (lookUps < minimumSample) {
      const missing = minimumSample - lookUps;
      return { now: `${formatCounted(missing, "look-up")} more needed`, missing, over: [] };
    }
    const rate = computeHitRate(cacheDay) ?? 0;
    const value = `${formatPercent(rate)} of ${formatCounted(lookUps, "look-up")}`;
    if (rate * 100 >= threshold) return { now: value, missing: 0, over: [] };
    const reading = {
      subject: "",
      title: `The response cache served ${value} in 24 hours, below ${threshold}%`,
      value,
      evidence: [buildShare("Served", cacheDay.hits, lookUps, "look-up")],
      fix: { label: "Open cache", path: "/cache" },
    };
    return { now: value, missing: 0, over: [reading] };
  },
};
