import { type AlertBounds, type AlertMemory, type AlertWait, findWait } from "#core/alerts/advance.ts";
import { type AlertRule, snoozeEnd } from "./rules.ts";

/**
 * State of an alert. `over-quiet`: beyond its bound, and silent since it fired shortly before (cool-down);
 * `over-waiting`: beyond its bound, and not for as long as it takes to fire. `ok` says that it was judged, and is
 * within its bound.
 */
export type AlertState =
  | "firing"
  | "over-quiet"
  | "over-waiting"
  | "ok"
  | "not-enough"
  | "snoozed"
  | "off"
  | "not-judged";

/** What is known of an alert beside its settings. */
interface Known {
  isFiring: boolean;
  wait: AlertWait | null;
  at: Date;
}

/** Judges the state of an alert as it was at the last look. */
export function judgeState(rule: AlertRule, { isFiring, wait, at }: Known): AlertState {
  if (!rule.isOn) return "off";
  if (snoozeEnd(rule, at) !== null) return "snoozed";
  if (isFiring) return "firing";
  if (rule.lookedAt === null) return "not-judged";
  if (wait !== null) return wait.reason === "cool-down" ? "over-quiet" : "over-waiting";
  return rule.missing > 0 ? "not-enough" : "ok";
}

/** Of all that an alert is beyond its bound for without firing, what may fire first; null for nothing. */
export function firstWait(
  rule: AlertRule,
  memories: readonly AlertMemory[],
  { bounds, at }: { bounds: AlertBounds; at: Date },
): AlertWait | null {
  if (!rule.isOn || rule.lookedAt === null) return null;
  const waits = memories.flatMap((memory) => findWait(memory, at.getTime(), bounds) ?? []);
  return waits.reduce<AlertWait | null>((one, other) => (one && one.untilMs <= other.untilMs ? one : other), null);
}
