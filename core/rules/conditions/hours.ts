import {
  formatClock,
  formatTimeWindow,
  isInWindow,
  MINUTES_PER_WEEK,
  minuteOfWeek,
  parseTimeWindow,
  type TimeWindow,
  weeklyIntervals,
} from "../time-window.ts";
import type { ClockSpan, Condition } from "./condition.ts";

interface HoursWhen {
  hours: TimeWindow | null;
}

interface HoursFacts {
  nowMs: number;
}

/** Part of the week in which the request arrives. The clock's time is every request's own, so nothing describes it. */
export const hours: Condition<HoursWhen, HoursFacts, object> = {
  name: "hours",
  kind: "hours",
  keys: [{ key: "hours", values: null }],
  none: { hours: null },
  cost: 2,
  passReason: "outside-window",
  parse(table, { zone, window }) {
    const text = table.string("hours");
    if (text === null) return { hours: window };
    const parsed = parseTimeWindow(text, zone);
    if (!parsed.ok) table.error("hours", "bad-hours", parsed.error);
    else if (window !== null)
      table.error("hours", "bad-value", "hours and time_window are the same condition: keep one of the two.");
    return { hours: parsed.ok ? parsed.value : window };
  },
  idPart: (when, zone) => ({ hours: when.hours && formatTimeWindow(when.hours, zone) }),
  compile: ({ hours }) => (hours === null ? null : (facts) => isInWindow(hours, facts.nowMs)),
  toIndexHint: ({ hours }) => ({ kind: "spans", spans: hours === null ? [] : toSpans(hours), read: readMinute }),
  explain: ({ hours }, { nowMs }) =>
    hours === null
      ? ""
      : `it is ${formatClock(hours.zone, nowMs)} in ${hours.zone}, the rule applies ${formatTimeWindow(hours)}`,
  describe: ({ hours }) => (hours === null ? [] : [["hours", `the time is ${formatTimeWindow(hours)}`]]),
  chips: ({ hours }) => (hours === null ? [] : [formatTimeWindow(hours)]),
  described: null,
  guide: { must: "arrive in this part of the week", value: "days, hours, zone" },
  examples: ['hours = "Mon-Fri 08:00-18:00 UTC"'],
};

const readMinute = ({ nowMs }: HoursFacts, zone: string): number => minuteOfWeek(zone, nowMs);

function toSpans(window: TimeWindow): ClockSpan[] {
  const spans = weeklyIntervals(window).map((span) => ({ clock: window.zone, ...span }));
  // Outside office hours is every minute of the week, with the office hours toggled once more.
  return window.name === "off_hours" ? [{ clock: window.zone, from: 0, until: MINUTES_PER_WEEK }, ...spans] : spans;
}
