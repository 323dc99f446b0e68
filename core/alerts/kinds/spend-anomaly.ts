import { NANO_PER_USD } from "#core/money/nano-usd.ts";
import { formatMoney } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { type AlertKind, HOUR_MS } from "../alert-kind.ts";
import { SPEND_WEEKS_MAX } from "../spend-weeks.ts";

/** Weeks that are compared unless more are asked for: spending of two months ago says little of today's team. */
const WEEKS_COMPARED = 4;

/** An hour below it is no anomaly, however small the usual ones are. */
const HOUR_MIN_NANO_USD = 5n * NANO_PER_USD;

/** The last hour costs much more than the same hour of the same weekday ever did in the weeks before. */
export const spendAnomaly: AlertKind = {
  name: "Spend anomaly",
  about: ({ threshold }) => `an hour costs ${threshold}× the most of that weekday and hour`,
  threshold: { label: "Times the most", unit: "times", min: 1.1, max: 100 },
  sample: { label: "Weeks of history", unit: "weeks", min: 1, max: SPEND_WEEKS_MAX },
  defaults: { threshold: 2, minimumSample: 2, holdMs: 0, coolDownMs: 6 * HOUR_MS },
  isOnAtFirst: true,
  judge({ spend: { hourNanoUsd, weeksNanoUsd } }, { threshold, minimumSample }) {
    const hour = `${formatMoney(hourNanoUsd)} this hour`;
    // A cost that is not known says neither that spending has calmed down nor that it has not.
    if (hourNanoUsd === null) return { now: hour, missing: 1, over: [] };
    if (weeksNanoUsd.length < minimumSample) {
      const missing = minimumSample - weeksNanoUsd.length;
      return { now: `${hour}, ${formatCounted(missing, "week")} of history more needed`, missing, over: [] };
    }
    const compared = weeksNanoUsd.slice(0, Math.max(WEEKS_COMPARED, minimumSample));
    const most = compared.reduce((one, other) => (other > one ? other : one), 0n);
    const bound = pickLarger((most * BigInt(Math.round(threshold * 100))) / 100n, HOUR_MIN_NANO_USD);
    const now = `${hour}, bound ${formatMoney(bound)}`;
    if (hourNanoUsd <= bound) return { now, missing: 0, over: [] };
    const reading = {
      subject: "",
      title: `${formatMoney(hourNanoUsd)} in an hour, where ${formatMoney(most)} was the most of that weekday and hour`,
      value: now,
      evidence: [
        { label: "This hour", text: formatMoney(hourNanoUsd) },
        { label: "Weeks before", text: compared.map((week) => formatMoney(week)).join(", ") },
      ],
      fix: { label: "Show today's sessions", path: "/costs?range=today&group=person" },
    };
    return { now, missing: 0, over: [reading] };
  },
};

const pickLarger = (one: bigint, other: bigint): bigint => (one > other ? one : other);
