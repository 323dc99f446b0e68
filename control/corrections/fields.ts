import * as z from "zod";
import { isRangeText } from "#core/time/range.ts";
import { commentField, versionField } from "../rules/fields.ts";

const rangeField = z.string().refine(isRangeText, "Use last-month, a day, or 2026-10-01..2026-11-01.");

export const previewCorrectionInput = z.strictObject({
  /** Whole days of the reporting zone, as everywhere: the second day of "from..to" is not included. */
  range: rangeField,
  /** Ids of models; requests that asked for one of them, or were served by it. Absent or empty: all. */
  models: z.array(z.string().min(1).max(200)).max(50).default([]),
});

export const correctInput = z.strictObject({ ...previewCorrectionInput.shape, comment: commentField.default("") });

export const undoCorrectionInput = z.strictObject({
  /** Number of the correction. */
  number: versionField,
  comment: commentField.default(""),
});
