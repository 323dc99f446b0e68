import { formatDuration, formatPercent, formatRelative } from "#core/report/format.ts";
import { formatCounted, pluralize } from "#core/report/plural.ts";
import { toLocalTime } from "#core/time/instant.ts";
import { dayLabel } from "#core/time/range.ts";
import type { AlertRuleView, AlertsView, DeliveryView, FiringView, Replay } from "./queries.ts";

const two = (value: number): string => String(value).padStart(2, "0");

/** Formats "27 Nov, 14:31", in the reporting zone. */
export function formatMoment(at: string, zone: string): string {
  const { year, month, day, hour, minute } = toLocalTime(Date.parse(at), zone);
  return `${dayLabel(`${year}-${two(month)}-${two(day)}`, String(year))}, ${two(hour)}:${two(minute)}`;
}

/** Formats how long something has lasted: "for 21 min"; below a minute "since just now". */
export function formatSoFar(since: string, nowMs: number): string {
  const length = formatRelative(Date.parse(since), nowMs);
  return length === "now" ? "since just now" : `for ${length}`;
}

/**
 * Text below the word of an alert's state. It says until when the alert is quiet or snoozed, and what the snooze hides.
 * Null: nothing.
 */
export function stateDetail(
  { state, snoozedUntil, firingSince, mayFireAt }: AlertRuleView,
  zone: string,
): string | null {
  if (state === "over-quiet" && mayFireAt !== null) return `quiet until ${formatMoment(mayFireAt, zone)}`;
  if (state === "over-waiting" && mayFireAt !== null) return `may fire ${formatMoment(mayFireAt, zone)}`;
  if (state !== "snoozed" || snoozedUntil === null) return null;
  const until = `until ${formatMoment(snoozedUntil, zone)}`;
  if (firingSince !== null) return `${until}; fires`;
  return mayFireAt === null ? until : `${until}; beyond its bound`;
}

/** How long a firing lasted: "52 min"; null while it lasts. */
export const lastedMs = ({ firedAt, endedAt }: Pick<FiringView, "firedAt" | "endedAt">): number | null =>
  endedAt === null ? null : Math.max(0, Date.parse(endedAt) - Date.parse(firedAt));

const causes = {
  removed: "alert removed",
  "switched-off": "alert switched off",
  "given-up": "given up",
  changed: "bound changed",
} as const;

/** What ended a firing while its cause may have gone on, in words; null for none. */
export const endedWords = ({ endedBy }: Pick<FiringView, "endedBy">): string | null =>
  endedBy === null ? null : causes[endedBy];

/** What became of one message, after the name of its channel: "0.6 s", "2nd try, 4.1 s", "not delivered: …". */
export function deliveryWords({
  state,
  tries,
  tookMs,
  problem,
}: Pick<DeliveryView, "state" | "tries" | "tookMs" | "problem">): string {
  if (state === "failed") return `not delivered: ${problem ?? "the receiver did not say why"}`;
  if (state === "waiting") return tries === 0 ? "waits to be sent" : `tries again: ${problem ?? "no answer"}`;
  const took = tookMs === null ? "sent" : formatDuration(tookMs);
  if (problem !== null) return `in part, ${took}: ${problem}`;
  return tries > 1 ? `${ordinal(tries)} try, ${took}` : took;
}

const ordinals = new Intl.PluralRules("en", { type: "ordinal" });
const endings: Record<string, string> = { one: "st", two: "nd", few: "rd" };
const ordinal = (count: number): string => `${count}${endings[ordinals.select(count)] ?? "th"}`;

interface DeliveryLine {
  key: string;
  text: string;
  isFailed: boolean;
}

/**
 * A line for each message of a firing. Of the messages at its end those that failed, were sent in part, or are between two
 * tries.
 */
export const deliveryLines = ({ deliveries }: Pick<FiringView, "deliveries">): DeliveryLine[] =>
  deliveries
    .filter(({ event, state, problem }) => event === "fired" || state === "failed" || problem !== null)
    .map((one) => ({
      key: `${one.channel} ${one.event}`,
      text: `${one.channel}${one.event === "ended" ? ", its end:" : ""} ${deliveryWords(one)}`,
      isFailed: one.state === "failed" && !one.isCalledOff,
    }));

/** The newest message to a channel, of one alert or of all. */
export function lastDelivery(
  history: readonly FiringView[],
  channelId: string,
  ruleId?: string,
): { delivery: DeliveryView; at: string } | null {
  for (const { ruleId: of, deliveries, firedAt } of history) {
    const delivery = deliveries.find((one) => one.channelId === channelId && one.event === "fired");
    if (delivery !== undefined && (ruleId === undefined || of === ruleId))
      return { delivery, at: delivery.sentAt ?? firedAt };
  }
  return null;
}

/** A message as it was sent. */
export interface SentMessage extends Pick<FiringView, "title" | "evidence" | "fix"> {
  /** When it was taken; while it was sent to no channel, when it fired. */
  at: string;
  isEnd: boolean;
}

/**
 * Finds the newest message of an alert that a channel took, an end among them. Without any it is what the newest firing
 * has to say; null: it has not fired.
 */
export function findNewestMessage(history: readonly FiringView[], ruleId: string): SentMessage | null {
  const own = history.filter((firing) => firing.ruleId === ruleId);
  const sent = own.flatMap((firing) =>
    firing.deliveries.flatMap(({ event, sentAt }) => (sentAt === null ? [] : [toMessage(firing, event, sentAt)])),
  );
  const [first, ...others] = sent;
  if (first !== undefined) return others.reduce((newest, one) => (one.at > newest.at ? one : newest), first);
  const [firing] = own;
  return firing === undefined ? null : toMessage(firing, "fired", firing.firedAt);
}

const toMessage = (firing: FiringView, event: DeliveryView["event"], at: string): SentMessage => ({
  title: event === "ended" ? (firing.endTitle ?? firing.title) : firing.title,
  evidence: firing.evidence,
  fix: firing.fix,
  at,
  isEnd: event === "ended",
});

/** One line about all alerts: "1 firing · 1 beyond its bound · 1 snoozed · 6 of 7 watched have data". */
export function summaryWords({ rules, firing }: Pick<AlertsView, "rules" | "firing">): string {
  const watched = rules.filter(({ isOn }) => isOn);
  const snoozed = watched.filter(({ state }) => state === "snoozed").length;
  const over = watched.filter(({ state }) => state === "over-quiet" || state === "over-waiting").length;
  const judged = watched.filter(({ state }) => state !== "not-enough" && state !== "not-judged").length;
  const parts = [
    firing.length > 0 ? `${firing.length} firing` : "none firing",
    ...(over > 0 ? [`${over} beyond ${pluralize(over, "its bound", "their bounds")}`] : []),
    ...(snoozed > 0 ? [`${snoozed} snoozed`] : []),
    `${judged} of ${watched.length} watched ${pluralize(judged, "has", "have")} data`,
  ];
  return parts.join(" · ");
}

/** The firing that is drawn large: the newest that still waits for a person, else the newest. */
export function findLead(firing: readonly FiringView[], rules: readonly AlertRuleView[]): FiringView | null {
  const snoozed = new Set(rules.filter(({ snoozedUntil }) => snoozedUntil !== null).map(({ id }) => id));
  const waits = firing.find(({ acknowledgedBy, ruleId }) => acknowledgedBy === null && !snoozed.has(ruleId));
  return waits ?? firing[0] ?? null;
}

/** What is said of a firing, in the figures of one instant. */
interface Said extends Pick<FiringView, "title" | "value" | "evidence"> {
  /** Whether the figures are those of the last look. Otherwise they are those when it fired, and the title says so. */
  isOfNow: boolean;
  /**
   * Note on what the title leaves out. That is the value when the alert fired, where it is another one now, or that it
   * is within its bound.
   */
  note: string | null;
}

/**
 * Formats a firing in the figures of now, as the table of the alerts has them. Otherwise it uses those when it fired,
 * named as such.
 */
export function sayFiring({ title, value, evidence, now, isWithinNow }: FiringView): Said {
  if (now !== null)
    return {
      ...now,
      evidence: [...now.evidence],
      isOfNow: true,
      note: now.value === value ? null : `When it fired: ${value}`,
    };
  const note = isWithinNow ? "Within its bound at the last look. It ends when that has lasted." : null;
  return { title: `When it fired: ${title}`, value, evidence, isOfNow: false, note };
}

/** A part of a whole, as a bar. */
export interface Share {
  label: string;
  percent: string;
  /** "18 of 611 requests". */
  text: string;
  /** Length of the bar, 0 to 1. */
  length: number;
}

/**
 * Finds the shares among the evidence of a firing, to compare by eye. A single share is drawn against its whole,
 * several against the largest.
 */
export function toShares({ evidence }: Pick<FiringView, "evidence">): Share[] {
  const found = evidence.flatMap(({ share, ...rest }) => (share === undefined ? [] : [{ ...rest, share }]));
  const largest = found.length > 1 ? Math.max(...found.map(({ share }) => share)) : 1;
  return found.map(({ label, text, share }) => ({
    label,
    text,
    percent: formatPercent(share),
    length: largest === 0 ? 0 : Math.min(1, share / largest),
  }));
}

const QUARTERS_A_DAY = 96;

/** What a replay found, the count apart: "2 alerts" "in the last 90 days, the last one 12 Nov, 14:15." */
export function replayWords(
  { fired, lastFiredMs, judged, withoutSample }: Replay,
  zone: string,
): { fired: string; rest: string } {
  const days = Math.max(1, Math.round(judged / QUARTERS_A_DAY));
  const last =
    lastFiredMs === null
      ? ""
      : `, ${fired === 1 ? "" : "the last one "}${formatMoment(new Date(lastFiredMs).toISOString(), zone)}`;
  const short = judged === 0 ? 0 : withoutSample / judged;
  const sample = short >= 0.01 ? ` ${formatPercent(short)} of the time had too little to judge.` : "";
  return {
    fired: fired === 0 ? "no alert" : formatCounted(fired, "alert"),
    rest: `in the last ${formatCounted(days, "day")}${last}.${sample}`,
  };
}
