import { formatCount } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { type AlertKind, HOUR_MS, unreadableRules } from "../alert-kind.ts";
import { buildShare } from "../evidence.ts";

/** Traffic flows and no request is overridden: overrides are off, or no rule fits any more. */
export const noOverrides: AlertKind = {
  name: "No overrides while traffic flows",
  about: ({ minimumSample }) =>
    `overrides are off, or none in over ${formatCounted(minimumSample, "request")} of an hour`,
  threshold: null,
  sample: { label: "Minimum sample", unit: "requests", min: 1, max: 100_000 },
  defaults: { threshold: 0, minimumSample: 20, holdMs: 0, coolDownMs: HOUR_MS },
  isOnAtFirst: true,
  judge({ atMs, live, areRulesUnreadable, lastHour: { requests, overrides } }, { minimumSample }) {
    if (areRulesUnreadable) return unreadableRules;
    if (live === null || live.enabledRules === 0) return { now: "no rule is live", missing: 0, over: [] };
    // Rules that were published within the hour cannot have overridden what came before.
    // What fired goes on until one is overridden.
    if (atMs - live.sinceMs < HOUR_MS)
      return {
        now: `v${live.version} is live for less than an hour`,
        missing: 0,
        over: [],
        isUnknown: () => !live.isEnabled || overrides === 0,
      };
    const now = `${formatCount(overrides)} of ${formatCounted(requests, "request")} overridden`;
    if (requests < minimumSample) {
      const missing = minimumSample - requests;
      return { now: `${formatCounted(missing, "request")} more needed`, missing, over: [] };
    }
    if (live.isEnabled && overrides > 0) return { now, missing: 0, over: [] };
    const value = `0 of ${formatCounted(requests, "request")}`;
    const rules = `${formatCounted(live.enabledRules, "rule")} of v${live.version}`;
    const title = live.isEnabled
      ? `No request was overridden in an hour: ${value}, though ${rules} are on`
      : `Overrides are off since v${live.version}: ${formatCounted(requests, "request")} in an hour went to the model they asked for`;
    const evidence = [
      buildShare("Overridden in the last hour", overrides, requests, "request"),
      { label: "Rules switched on", text: rules },
    ];
    return {
      now,
      missing: 0,
      over: [{ subject: "", title, value, evidence, fix: { label: "Open rules", path: "/rules" } }],
    };
  },
};
