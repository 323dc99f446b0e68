import * as z from "zod";
import type { AlertNumber } from "#core/alerts/alert-kind.ts";
import { emailField, invalidField } from "../input.ts";

const DAY_S = 86_400;

/** How long a condition holds, or an alert is quiet. */
export const secondsField = z
  .int("Write whole seconds.")
  .min(0, "Not below 0.")
  .max(90 * DAY_S, "At most 90 days.");

/** Refuses a number outside the bounds of its setting, and any for a setting that the kind does not have. */
export function requireWithin(field: string, bounds: AlertNumber | null, value: number): void {
  if (bounds === null) refuseField(field, "This kind of alert has no such setting.");
  else if (!(value >= bounds.min && value <= bounds.max))
    refuseField(field, `From ${bounds.min} to ${bounds.max.toLocaleString("en")}.`);
}

/** Throws the refusal of one field. */
export function refuseField(field: string, text: string): never {
  throw invalidField(field, text);
}

/** Refuses quiet hours without a beginning or an end, and those that end when they begin. */
export function requireQuietHours({ quietFrom, quietTo }: { quietFrom: string | null; quietTo: string | null }): void {
  if ((quietFrom === null) !== (quietTo === null))
    refuseField(quietFrom === null ? "quietFrom" : "quietTo", "Quiet hours have a beginning and an end.");
  if (quietFrom !== null && quietFrom === quietTo)
    refuseField("quietTo", "Quiet hours that end when they begin are none: leave both out, or choose another end.");
}

/** Recipients of an e-mail. The same one twice is refused: a message to it could not be said to be sent in part. */
export const recipientsField = z
  .array(emailField)
  .min(1, "Name at least one address.")
  .max(20, "At most 20 addresses.")
  .superRefine((to, check) => {
    const second = to.findIndex((address, at) => to.indexOf(address) !== at);
    if (second === -1) return;
    const first = to.indexOf(to[second] ?? "");
    check.addIssue({ code: "custom", message: `Recipient ${second + 1} is recipient ${first + 1} again.` });
  });

/** A time of day; null for none. */
export const clockField = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "Write a time as 22:00.")
  .nullish()
  .transform((text) => text ?? null);
