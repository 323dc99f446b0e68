import * as z from "zod";
import { readWhatChanged } from "#control/costs/what-changed.ts";
import type { WhatChanged } from "#core/costs/what-changed-view.ts";
import { formatMoney, formatMoneyChange } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { Parsed } from "./arguments.ts";
import { ask } from "./ask.ts";
import { printColumns } from "./cost-table.ts";

const nano = z.string().regex(/^-?\d{1,30}$/);
const range = z.object({ text: z.string(), label: z.string(), zone: z.string(), from: z.string(), to: z.string() });
const changedShape = z.object({
  range,
  previous: range,
  costNanoUsd: nano,
  previousCostNanoUsd: nano,
  differenceNanoUsd: nano,
  unpriced: z.number(),
  previousUnpriced: z.number(),
  leftOut: z.enum(["archived", "too many"]).nullable(),
  lines: z.array(
    z.object({
      name: z.string(),
      cause: z.string().nullable(),
      label: z.string(),
      detail: z.string(),
      nanoUsd: nano,
      session: z.string().nullable(),
    }),
  ),
});

/** Says why a range cost another amount than the one before. `scope`: as `costQuery` has read it. */
export async function showWhatChanged(parsed: Parsed, scope: Record<string, string>): Promise<void> {
  const { output, flag } = parsed;
  const query = { ...scope, cmp: "prev" };
  const changed = await ask<WhatChanged>(parsed, {
    path: `/api/costs/changed?${new URLSearchParams(query)}`,
    shape: changedShape as z.ZodType<WhatChanged>,
    local: (actor, deps) => readWhatChanged(actor, query, deps),
  });
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, ...changed }));
  const lines = changed.lines.filter(({ nanoUsd }) => nanoUsd !== "0");
  printColumns(
    parsed,
    [
      ["cause", "what", "change"],
      [changed.previous.label, "the range before", formatMoney(changed.previousCostNanoUsd)],
      ...lines.map(({ label, detail, nanoUsd }) => [label, detail, formatMoneyChange(BigInt(nanoUsd))]),
      [changed.range.label, "this range", formatMoney(changed.costNanoUsd)],
    ],
    2,
  );
  const { unpriced, previousUnpriced } = changed;
  output.note(`${changed.range.zone}; the lines add up to ${formatMoneyChange(BigInt(changed.differenceNanoUsd))}`);
  if (unpriced + previousUnpriced > 0)
    output.note(`${formatCounted(unpriced, "request")} unpriced are in no line, ${previousUnpriced} before`);
  if (changed.leftOut !== null) {
    const why = changed.leftOut === "archived" ? "some requests are archived" : "there are too many requests";
    output.note(`${why}: sessions, client versions and causes are in no line`);
  }
}
