import { formatMoney, formatPercent } from "#core/report/format.ts";
import type { AlertFacts } from "../alert-facts.ts";
import { type AlertKind, DAY_MS } from "../alert-kind.ts";
import { shareOfMoney } from "../evidence.ts";

/** The second step, which follows the first one at any value. */
const LAST_STEP = 95;

/** A budget of a person, team, project or key is nearly used up. Fires once a step and month. */
export const budget: AlertKind = {
  name: "Budget nearly used",
  about: ({ threshold }) =>
    threshold < LAST_STEP
      ? `any monthly budget at ${threshold}% and ${LAST_STEP}%`
      : `any monthly budget at ${threshold}%`,
  threshold: { label: "First step", unit: "percent", min: 1, max: 100 },
  sample: null,
  defaults: { threshold: 75, minimumSample: 0, holdMs: 0, coolDownMs: 32 * DAY_MS },
  isOnAtFirst: true,
  judge({ budgets }, { threshold }) {
    const steps = [...new Set([threshold, Math.max(threshold, LAST_STEP)])];
    // A budget of nothing is a lock, and used up from the first day.
    const set = budgets.filter(({ limitNanoUsd }) => limitNanoUsd > 0n);
    const unknown = new Set(
      set.filter(({ usedNanoUsd }) => usedNanoUsd === null).flatMap((one) => steps.map((step) => toSubject(one, step))),
    );
    const shares = set
      .flatMap((one) => (one.usedNanoUsd === null ? [] : [{ ...one, usedNanoUsd: one.usedNanoUsd }]))
      .map((one) => ({ ...one, percent: toPercent(one.usedNanoUsd, one.limitNanoUsd) }))
      .sort((one, other) => other.percent - one.percent);
    const [highest] = shares;
    return {
      now:
        highest === undefined
          ? "no budget is set"
          : `highest: ${highest.name} ${formatPercent(highest.percent / 100)} of ${formatMoney(highest.limitNanoUsd)}`,
      missing: 0,
      over: shares.flatMap((one) =>
        steps
          .filter((step) => one.percent >= step)
          .map((step) => ({
            subject: toSubject(one, step),
            title: `${one.name} has used ${formatPercent(one.percent / 100)} of the month's ${one.isPlan ? "plan value" : "budget"}: ${formatMoney(one.usedNanoUsd)} of ${formatMoney(one.limitNanoUsd)}`,
            value: `${one.name}, ${formatMoney(one.usedNanoUsd)} of ${formatMoney(one.limitNanoUsd)}`,
            evidence: [
              shareOfMoney("Used", one.usedNanoUsd, one.limitNanoUsd),
              { label: "Step", text: `${step}%` },
              { label: "Counts for", text: `${one.kind} ${one.name}` },
            ],
            fix: { label: "Change limits", path: "/team" },
          })),
      ),
      isUnknown: (subject) => unknown.has(subject),
    };
  },
};

const toSubject = ({ month, kind, id, isPlan }: AlertFacts["budgets"][number], step: number): string =>
  `${month} ${kind} ${id} ${isPlan ? "plan " : ""}${step}%`;

/** In hundredths of a percent until the division, so that 94.99 is not 95. */
const toPercent = (used: bigint, limit: bigint): number => Number((used * 10_000n) / limit) / 100;
