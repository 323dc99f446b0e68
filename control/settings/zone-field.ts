import * as z from "zod";
import { isKnownZone } from "#core/time/instant.ts";

export const zoneField = z
  .string()
  .trim()
  .max(64)
  .refine((text) => /^[A-Za-z]/.test(text) && isKnownZone(text), "This is not a time zone. Example: Europe/Berlin");
