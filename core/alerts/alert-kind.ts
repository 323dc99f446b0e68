import { MS_PER_DAY } from "#core/time/instant.ts";
import type { AlertFacts } from "./alert-facts.ts";
import type { AlertEvidence } from "./evidence.ts";

/** What an admin may change of an alert. */
export interface AlertSettings {
  /** In the unit of the kind's `threshold`. */
  threshold: number;
  /** Below it there is nothing to judge: the alert says how much is missing. */
  minimumSample: number;
  /** The condition holds this long before the alert fires, and is gone this long before it ends. */
  holdMs: number;
  /** After a message about it, the same subject does not fire again for the same channel within this time. */
  coolDownMs: number;
}

/** Unit of a number that an admin types. */
export type AlertUnit = "percent" | "times" | "requests" | "look-ups" | "weeks" | "seconds" | "days";

export interface AlertNumber {
  label: string;
  unit: AlertUnit;
  min: number;
  max: number;
}

/** The one action that ends the cause, two clicks away: a page of the console with the step open. */
interface AlertFix {
  label: string;
  /** Path in the console, with its search parameters. */
  path: string;
}

/** One thing for which the condition holds now. */
export interface AlertReading {
  /** Identifies it between checks: a rule with its version, a model, an instance. Empty where an alert watches one thing. */
  subject: string;
  /** One sentence with the numbers, as it is sent. */
  title: string;
  /** The value alone: "2.9% of 611 requests". */
  value: string;
  evidence: readonly AlertEvidence[];
  fix: AlertFix;
}

/** Result of looking once. */
export interface AlertReport {
  /** Today's value in a few words, also while all is well. */
  now: string;
  /** How many of the sample are missing; 0 where there is enough to judge. 1 where it cannot be read. */
  missing: number;
  over: readonly AlertReading[];
  /**
   * Whether nothing is known of a subject that is not in `over`. It neither ends then nor is within its bound. Left
   * out: nothing is known of any where something is missing.
   */
  isUnknown?(subject: string): boolean;
  /**
   * Whether a subject that is not in `over` is given up, though its cause may go on. What fires for it is closed, and
   * its last message says that instead of an end.
   */
  isGivenUp?(subject: string): boolean;
}

/** Whether a look says nothing of a subject, which then stays as it is. Of one that is given up nothing is waited for. */
export const isUnknownIn = ({ missing, isUnknown, isGivenUp }: AlertReport, subject: string): boolean =>
  !isGivenUp?.(subject) && (isUnknown === undefined ? missing > 0 : isUnknown(subject));

/** One kind of alert: what it watches, what may be set, and how it is judged. One file each, listed in `alert-kinds.ts`. */
export interface AlertKind {
  name: string;
  /** What it fires for, with these settings. */
  about(settings: AlertSettings): string;
  /** Null: there is nothing to set. */
  threshold: AlertNumber | null;
  sample: AlertNumber | null;
  defaults: AlertSettings;
  isOnAtFirst: boolean;
  /** Why a subject is given up, as it is sent: "silent for 7 days". Left out: none is. */
  givenUpFor?: string;
  judge(facts: AlertFacts, settings: AlertSettings): AlertReport;
  /** Longest time for which it is worth being quiet about a subject after `sinceMs`. Left out: the cool-down alone. */
  findLongestQuietMs?(this: void, subject: string, sinceMs: number): number;
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = MS_PER_DAY;
/** Silence after which a proxy is given up. It may have been taken away for good, and is not waited for. */
export const INSTANCE_GONE_MS = 7 * DAY_MS;
export const instanceGivenUpFor = `silent for ${INSTANCE_GONE_MS / DAY_MS} days, not counted any more`;

/** Whether a proxy that did not sign off has been silent for so long that it is given up. */
export const isInstanceGone = ({ seenAtMs }: { seenAtMs: number }, atMs: number): boolean =>
  atMs - seenAtMs >= INSTANCE_GONE_MS;

/** Report of a kind that goes by the rules, while the live version cannot be read any more. */
export const unreadableRules: AlertReport = { now: "the live rules cannot be read", missing: 1, over: [] };

/**
 * Longest quiet time about something that ends, whose subject closes with that instant. "9 days left" hides no "4 days
 * left". An hour at least.
 */
export function findHalfOfWhatIsLeft(subject: string, sinceMs: number): number {
  const endMs = Number(subject.split(" ").at(-1));
  return Math.max(HOUR_MS, (endMs - sinceMs) / 2);
}
