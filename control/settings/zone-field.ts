import * as z from "zod";
import { invariant } from "#core/invariant.ts";

/** Whether this runtime knows the zone; the only judge of names like `Europe/Berlin`. */
export function isZone(text: string): boolean {
  try {
    invariant(new Intl.DateTimeFormat("en", { timeZone: text }), "formats");
    return true;
  } catch {
    return false;
  }
}

export const zoneField = z
  .string()
  .trim()
  .max(64)
  .refine((text) => /^[A-Za-z]/.test(text) && isZone(text), "This is not a time zone. Example: Europe/Berlin");
