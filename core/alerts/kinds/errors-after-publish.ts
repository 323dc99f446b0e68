import { failsTooOften, type RuleSinceChange, usualErrorBounds } from "#core/costs/error-jumps.ts";
import { ruleErrorRate } from "#core/costs/error-rate.ts";
import { shortModel } from "#core/costs/model-key.ts";
import { formatPercent } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { type AlertKind, type AlertReading, HOUR_MS, MINUTE_MS, unreadableRules } from "../alert-kind.ts";
import { buildShare } from "../evidence.ts";

/** A rule that fails more often than the others since it was changed. */
export const errorsAfterPublish: AlertKind = {
  name: "Error rate after a publish",
  about: ({ threshold }) => `a changed rule fails at least ${threshold}× as often as the others`,
  threshold: { label: "Times the others", unit: "times", min: 1, max: 100 },
  sample: { label: "Minimum sample", unit: "requests", min: 1, max: 100_000 },
  defaults: {
    threshold: usualErrorBounds.timesTheOthers,
    minimumSample: usualErrorBounds.sampleLeast,
    holdMs: 2 * MINUTE_MS,
    coolDownMs: HOUR_MS,
  },
  isOnAtFirst: true,
  judge({ rules, live, areRulesUnreadable }, { threshold, minimumSample }) {
    if (areRulesUnreadable) return unreadableRules;
    if (live === null || rules.length === 0)
      return { now: live === null ? "no rules are live" : "no rule was applied", missing: 0, over: [] };
    const judged = rules.filter(({ compared }) => compared.own.requests >= minimumSample);
    const short = new Set(rules.filter((rule) => !judged.includes(rule)).map(toSubject));
    const isUnknown = (subject: string) => short.has(subject);
    const busiest = Math.max(...rules.map(({ compared }) => compared.own.requests));
    if (judged.length === 0) {
      const missing = minimumSample - busiest;
      return { now: `${formatCounted(missing, "request")} more needed`, missing, over: [], isUnknown };
    }
    const worst = judged.reduce((one, other) => (computeRate(other) > computeRate(one) ? other : one));
    return {
      now: `${formatRoute(worst)}: ${formatPercent(computeRate(worst))}, other rules ${formatOthers(worst)}`,
      missing: 0,
      over: judged
        .filter(({ compared }) => failsTooOften(compared, { timesTheOthers: threshold, sampleLeast: minimumSample }))
        .map(buildReading),
      isUnknown,
    };
  },
};

const computeRate = ({ compared }: RuleSinceChange): number => ruleErrorRate(compared.own) ?? 0;

const toSubject = ({ ruleId, version }: RuleSinceChange): string => `${ruleId} v${version}`;

const formatRoute = ({ note, from, to }: RuleSinceChange): string => note ?? `${shortModel(from)} → ${shortModel(to)}`;

const formatOthers = ({ compared: { others } }: RuleSinceChange): string =>
  others.requests === 0 ? "without requests" : formatPercent(ruleErrorRate(others));

function buildReading(rule: RuleSinceChange): AlertReading {
  const { version, rollBackTo, from, to } = rule;
  const { own, others } = rule.compared;
  const value = `${formatPercent(computeRate(rule))} of ${formatCounted(own.requests, "request")}`;
  return {
    subject: toSubject(rule),
    title: `${formatRoute(rule)} fails more since v${version}: ${formatPercent(computeRate(rule))}, other rules ${formatOthers(rule)}`,
    value,
    evidence: [
      { label: "Rule", text: `${shortModel(from)} → ${shortModel(to)}, in this form since v${version}` },
      buildShare("Failed", own.errors, own.requests, "request"),
      buildShare("Other rules", others.errors, others.requests, "request"),
    ],
    fix:
      rollBackTo === null
        ? { label: "Open rules", path: "/rules" }
        : { label: `Roll back to v${rollBackTo}`, path: `/rules?roll-back=${rollBackTo}` },
  };
}
