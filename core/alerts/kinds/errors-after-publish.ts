import { shortModel } from "#core/costs/model-key.ts";
import { formatCount, formatPercent } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { RuleFacts } from "../alert-facts.ts";
import { type AlertKind, type AlertReading, HOUR_MS, MINUTE_MS } from "../alert-kind.ts";

/** Fewer failures, or a smaller share, are no change of anything. */
const ERRORS_MIN = 5;
const RATE_MIN = 0.01;
/** Where there are no other rules to compare with. */
const RATE_ALONE_MIN = 0.1;

/** A rule that fails more often than the others since it was changed. */
export const errorsAfterPublish: AlertKind = {
  name: "Error rate after a publish",
  about: ({ threshold }) => `a changed rule fails at least ${threshold}× as often as the others`,
  threshold: { label: "Times the others", unit: "times", min: 1, max: 100 },
  sample: { label: "Minimum sample", unit: "requests", min: 1, max: 100_000 },
  defaults: { threshold: 3, minimumSample: 50, holdMs: 2 * MINUTE_MS, coolDownMs: HOUR_MS },
  isOnAtFirst: true,
  judge({ rules, live }, { threshold, minimumSample }) {
    if (live === null || rules.length === 0)
      return { now: live === null ? "no rules are live" : "no rule was applied", missing: 0, over: [] };
    const judged = rules.filter(({ requests }) => requests >= minimumSample);
    const busiest = Math.max(...rules.map(({ requests }) => requests));
    if (judged.length === 0) {
      const missing = minimumSample - busiest;
      return { now: `${formatCounted(missing, "request")} more needed`, missing, over: [] };
    }
    const worst = judged.reduce((one, other) => (rateOf(other) > rateOf(one) ? other : one));
    return {
      now: `${nameOf(worst)}: ${formatPercent(rateOf(worst))}, other rules ${formatOthers(worst)}`,
      missing: 0,
      over: judged.filter((rule) => isOver(rule, threshold, minimumSample)).map(readingOf),
    };
  },
};

const rateOf = ({ errors, requests }: { errors: number; requests: number }): number =>
  requests === 0 ? 0 : errors / requests;

function isOver(rule: RuleFacts, threshold: number, minimumSample: number): boolean {
  if (rule.errors < ERRORS_MIN || rateOf(rule) < RATE_MIN) return false;
  if (rule.others.requests < minimumSample) return rateOf(rule) >= RATE_ALONE_MIN;
  return rateOf(rule) >= rateOf(rule.others) * threshold;
}

const nameOf = ({ note, from, to }: RuleFacts): string => note ?? `${shortModel(from)} → ${shortModel(to)}`;

const formatOthers = ({ others }: RuleFacts): string =>
  others.requests === 0 ? "without requests" : formatPercent(rateOf(others));

function readingOf(rule: RuleFacts): AlertReading {
  const { ruleId, version, errors, requests, others, rollBackTo, from, to } = rule;
  const value = `${formatPercent(rateOf(rule))} of ${formatCounted(requests, "request")}`;
  return {
    subject: `${ruleId} v${version}`,
    title: `${nameOf(rule)} fails more since v${version}: ${formatPercent(rateOf(rule))}, other rules ${formatOthers(rule)}`,
    value,
    evidence: [
      { label: "Rule", text: `${shortModel(from)} → ${shortModel(to)}, in this form since v${version}` },
      { label: "Failed", text: `${formatCount(errors)} of ${formatCounted(requests, "request")}` },
      { label: "Other rules", text: `${formatCount(others.errors)} of ${formatCounted(others.requests, "request")}` },
    ],
    fix:
      rollBackTo === null
        ? { label: "Open rules", path: "/rules" }
        : { label: `Roll back to v${rollBackTo}`, path: `/rules?roll-back=${rollBackTo}` },
  };
}
