import { ApiError } from "#app/_data/get-json.ts";
import { alertKinds } from "#core/alerts/alert-kinds.ts";
import type { AlertKindView, AlertRuleView } from "./queries.ts";
import { formatAmount, formatSpan, parseAmount, parseSpan } from "./typed.ts";

/** An alert as fields of a form. Numbers and times are texts with their units. */
export interface AlertForm {
  name: string;
  isOn: boolean;
  threshold: string;
  minimumSample: string;
  hold: string;
  coolDown: string;
  /** Ids. */
  channels: readonly string[];
}

type Settings = Pick<AlertRuleView, "threshold" | "minimumSample" | "holdS" | "coolDownS">;

const settingsForm = (kind: AlertKindView, settings: Settings) => ({
  threshold: kind.threshold === null ? "" : formatAmount(settings.threshold, kind.threshold.unit),
  minimumSample: kind.sample === null ? "" : formatAmount(settings.minimumSample, kind.sample.unit),
  hold: formatSpan(settings.holdS),
  coolDown: formatSpan(settings.coolDownS),
});

/** The form of an alert that is there. */
export const formOfRule = (rule: AlertRuleView, kind: AlertKindView): AlertForm => ({
  ...settingsForm(kind, rule),
  name: rule.name,
  isOn: rule.isOn,
  channels: rule.channels,
});

/** The form of a new alert: what its kind begins with, sent to every channel. */
export const formOfKind = (kind: AlertKindView, channels: readonly string[]): AlertForm => ({
  ...settingsForm(kind, kind.defaults),
  name: kind.name,
  isOn: true,
  channels,
});

/** What is sent to the server. Throws what cannot be read by field, as the server does with what it refuses. */
export function parseForm(form: AlertForm, kind: AlertKindView) {
  const { threshold, sample } = kind;
  const fields: Record<string, string> = {};
  const read = <T>(name: string, value: T | null, problem: string): T | undefined => {
    if (value !== null) return value;
    fields[name] = problem;
    return undefined;
  };
  const amount = (name: string, typed: string, unit: NonNullable<AlertKindView["threshold"]>["unit"]) =>
    read(name, parseAmount(typed, unit), unit === "seconds" ? SPAN_PROBLEM : "Write a number.");
  const input = {
    name: form.name,
    isOn: form.isOn,
    ...(threshold === null ? {} : { threshold: amount("threshold", form.threshold, threshold.unit) }),
    ...(sample === null ? {} : { minimumSample: amount("minimumSample", form.minimumSample, sample.unit) }),
    holdS: read("holdS", parseSpan(form.hold), SPAN_PROBLEM),
    coolDownS: read("coolDownS", parseSpan(form.coolDown), SPAN_PROBLEM),
    channels: form.channels,
  };
  if (Object.keys(fields).length > 0)
    throw new ApiError(400, "INVALID_REQUEST", "Some fields cannot be read.", { fields });
  return input;
}

const SPAN_PROBLEM = "Write a number and a unit: 30 s, 10 min, 1 h or 2 d.";

/** The numbers as they are typed; null while one of them cannot be read. */
export function parseSettings(form: AlertForm, { threshold, sample, defaults }: AlertKindView): Settings | null {
  const settings = {
    threshold: threshold === null ? defaults.threshold : parseAmount(form.threshold, threshold.unit),
    minimumSample: sample === null ? defaults.minimumSample : parseAmount(form.minimumSample, sample.unit),
    holdS: parseSpan(form.hold),
    coolDownS: parseSpan(form.coolDown),
  };
  return Object.values(settings).every((value) => value !== null) ? (settings as Settings) : null;
}

/**
 * Words for what the alert fires for, with the values as they are typed. A value that cannot be read is said as it was.
 */
export function describeAlert(form: AlertForm, kind: AlertKindView, saved: Settings): string {
  const { threshold, sample } = kind;
  return alertKinds[kind.kind].about({
    threshold: (threshold && parseAmount(form.threshold, threshold.unit)) ?? saved.threshold,
    minimumSample: (sample && parseAmount(form.minimumSample, sample.unit)) ?? saved.minimumSample,
    holdMs: (parseSpan(form.hold) ?? saved.holdS) * 1_000,
    coolDownMs: (parseSpan(form.coolDown) ?? saved.coolDownS) * 1_000,
  });
}
