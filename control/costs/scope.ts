import * as z from "zod";
import { isRangeText, parseRange, previousRange, type TimeRange } from "#core/time/range.ts";
import type { ControlDeps } from "../deps.ts";
import { listField, parseInput } from "../input.ts";
import { resolvePeople } from "../resolve-people.ts";
import { reportingZone } from "../settings/read.ts";

/** Scope of every cost query: the same search parameters in the page's address, the API and the CSV. */
export const costScopeInput = z.object({
  range: z
    .string()
    .default("30d")
    .refine(isRangeText, "Use today, 7d, 30d, mtd, last-month, qtd, a day, or 2026-10-01..2026-11-01."),
  cmp: z.enum(["prev", "none"]).default("prev"),
  project: listField,
  team: listField,
  model: listField,
  person: listField,
});

export interface CostScope {
  range: TimeRange;
  /** Comparison range; null without a comparison. */
  previous: TimeRange | null;
  /** Keeps only rows with one of the listed values; an absent list keeps all. */
  filter: { project?: string[]; team?: string[]; model?: string[]; person?: string[]; key?: string[] };
}

/** Resolves the input to whole days of the organisation's reporting zone. */
export async function costScope(input: unknown, deps: ControlDeps): Promise<CostScope> {
  const { range: text, cmp, ...filter } = parseInput(costScopeInput, input);
  const range = parseRange(text, await reportingZone(deps), deps.now().getTime());
  const person = await resolvePeople(filter.person, deps);
  return { range, previous: cmp === "prev" ? previousRange(range) : null, filter: { ...filter, person } };
}
