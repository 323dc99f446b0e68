import * as z from "zod";
import { costGroups } from "#core/costs/cost-table.ts";
import { focusVersions } from "#core/report/focus.ts";
import { nearest } from "#core/rules/nearest.ts";
import { isDay } from "#core/time/instant.ts";
import { isRangeText, parseRange, type TimeRange } from "#core/time/range.ts";
import { costScopeInput } from "../costs/scope.ts";
import type { ControlDeps } from "../deps.ts";
import { invalidField, listField, parseInput } from "../input.ts";
import { reportingZone } from "../settings/read.ts";
import { zoneField } from "../settings/zone-field.ts";

/** Formats of an export. `focus` is a CSV with the columns of the FinOps Open Cost and Usage Specification. */
const exportFormats = ["csv", "jsonl", "focus", "parquet"] as const;

const dayField = z.string().refine(isDay, "Use a day, such as 2026-10-01.").optional();
const yesNo = z.enum(["yes", "no"], "Use yes or no.").optional();
const { project, team, model, person } = costScopeInput.shape;

/** Search parameters of `GET /api/export`. */
export const exportInput = z.object({
  format: z.enum(exportFormats, `Use ${exportFormats.join(", ")}.`).default("csv"),
  range: z
    .string()
    .refine(isRangeText, "Use today, 7d, 30d, mtd, last-month, qtd, a day, or 2026-10-01..2026-11-01.")
    .optional(),
  from: dayField,
  to: dayField,
  tz: zoneField.optional(),
  groupBy: listField.pipe(z.array(z.enum(costGroups, `Use some of ${costGroups.join(", ")}.`)).optional()),
  columns: listField,
  focusVersion: z.enum(focusVersions, `Use ${focusVersions.join(" or ")}.`).optional(),
  total: yesNo,
  dryRun: yesNo,
  ...{ project, team, model, person },
});
/** A parsed question. */
export type ExportQuestion = z.output<typeof exportInput>;

/** Parses the question and its range: whole days of the zone it names, else of the reporting zone. */
export async function readQuestion(
  input: unknown,
  deps: ControlDeps,
): Promise<{ question: ExportQuestion; range: TimeRange; isReportingZone: boolean }> {
  const question = parseInput(exportInput, input);
  refuseContradictions(question);
  const { range: name, from, to, tz } = question;
  const own = await reportingZone(deps);
  const text = from === undefined ? (name ?? "30d") : `${from}..${to}`;
  const range = parseRange(text, tz ?? own, deps.now().getTime());
  return { question, range, isReportingZone: range.zone === own };
}

function refuseContradictions({
  range,
  from,
  to,
  format,
  focusVersion,
  groupBy,
  columns,
  total,
}: ExportQuestion): void {
  if ((from === undefined) !== (to === undefined))
    throw invalidField(from === undefined ? "from" : "to", "from and to belong together.");
  if (from !== undefined && range !== undefined) throw invalidField("range", "Give from and to, or range.");
  if (from !== undefined && to !== undefined && to <= from)
    throw invalidField(
      "to",
      `The range ends before it begins: to is the first day after it, and must be later than ${from}.`,
    );
  if (format !== "focus" && focusVersion !== undefined)
    throw invalidField("focusVersion", "This is for the format focus.");
  if (format !== "focus") return;
  for (const [name, value] of Object.entries({ groupBy, columns, total }))
    if (value !== undefined) throw invalidField(name, "The format focus has fixed rows and columns.");
}

/** Chooses columns by name, in the order they were named. */
export function chooseColumns<Column extends { name: string }>(
  all: readonly Column[],
  wanted: readonly string[] | undefined,
): Column[] {
  if (wanted === undefined) return [...all];
  const names = all.map(({ name }) => name);
  return wanted.map((name) => {
    const found = all.find((column) => column.name === name);
    if (found !== undefined) return found;
    const meant = nearest(name, names);
    const hint = meant === null ? `There are ${names.join(", ")}.` : `Did you mean ${meant}?`;
    throw invalidField("columns", `${name.slice(0, 60)} is no column of this export. ${hint}`);
  });
}
