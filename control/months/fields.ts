import * as z from "zod";
import { commentField } from "../rules/fields.ts";

const monthField = z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, "A month is written as 2026-10.");

export const monthParams = z.strictObject({ month: monthField });

const amountField = z
  .string()
  .regex(/^-?\d{1,30}$/)
  .nullable();

export const closeMonthInput = z.strictObject({
  month: monthField,
  comment: commentField.default(""),
  /** The cost that was seen, in nano-dollars. Set: refuse where it is another one by now. */
  costNanoUsd: amountField.optional(),
});

export const reopenMonthInput = z.strictObject({ month: monthField, comment: commentField.default("") });
