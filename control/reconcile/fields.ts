import * as z from "zod";
import { REPORT_CHARACTERS_MAX } from "#core/reconcile/parse-report.ts";
import { isDay } from "#core/time/instant.ts";

export const importReportInput = z.strictObject({
  /** The report as it was downloaded: JSON of the API or CSV of the console. */
  text: z.string().max(REPORT_CHARACTERS_MAX, "Give the report in parts of at most 16 MB."),
  /** Name of the file, for the list of imports. */
  name: z.string().trim().max(200).default(""),
  /** Put its days in the place of those that another report covers. */
  replace: z.boolean().default(false),
});

const dayField = z.string().refine(isDay, "Write a day as 2026-11-01.");

export const reconciliationInput = z
  .strictObject({
    /** First day (UTC). Without it: the 31 days up to the last one that a report covers. */
    from: dayField.optional(),
    /** The day after the last one. */
    to: dayField.optional(),
    /** Workspaces whose traffic goes through CCO, by comma; `default` is the one without an id. Without it: all. */
    workspaces: z.string().max(4000).optional(),
  })
  .refine(({ from, to }) => (from === undefined) === (to === undefined), {
    message: "Give from and to, or neither.",
    path: ["to"],
  });
