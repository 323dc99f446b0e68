import process from "node:process";
import * as z from "zod";
import { readCostTable } from "#control/costs/table.ts";
import type { CostGroups, CostReport } from "#core/costs/cost-table.ts";
import type { Parsed } from "./arguments.ts";
import { ask } from "./ask.ts";
import { correctionShape } from "./reprice.ts";

const amount = z
  .string()
  .regex(/^-?\d{1,30}$/)
  .nullable();
const figuresShape = z.object({
  requests: z.number(),
  overrides: z.number(),
  unpriced: z.number(),
  planUnpriced: z.number(),
  inputTokens: z.number(),
  cacheWrite5mTokens: z.number(),
  cacheWrite1hTokens: z.number(),
  cacheReadTokens: z.number(),
  outputTokens: z.number(),
  costNanoUsd: amount,
  savedNanoUsd: amount,
  avoidedNanoUsd: amount,
  planValueNanoUsd: amount,
  // A server of an earlier release has no corrections.
  correctedNanoUsd: z
    .string()
    .regex(/^-?\d{1,30}$/)
    .default("0"),
  planCorrectedNanoUsd: z
    .string()
    .regex(/^-?\d{1,30}$/)
    .default("0"),
});
const rowShape = z.object({
  key: z.string(),
  label: z.string(),
  figures: figuresShape,
  // A server of an earlier release does not say whether a month is closed.
  month: z.object({ state: z.enum(["under way", "open", "closed"]), closedNanoUsd: amount }).optional(),
});
const tableShape = z.object({
  range: z.object({ label: z.string(), zone: z.string() }),
  rows: z.array(rowShape.extend({ parts: z.array(rowShape).optional() })),
  total: figuresShape,
  // A server of an earlier release does not say it.
  openBatches: z
    .object({
      pending: z.number(),
      unfetched: z.number(),
      inPart: z.number(),
      estimateNanoUsd: amount,
      unestimated: z.number(),
    })
    .optional(),
  corrections: z.array(correctionShape).default([]),
});

/** Asks for a table of costs of the scope that `costQuery` has read. */
export function askTable(parsed: Parsed, groups: CostGroups, scope: Record<string, string>): Promise<CostReport> {
  const [group, split] = groups;
  const query = { ...scope, group, ...(split === null ? {} : { split }) };
  return ask<CostReport>(parsed, {
    path: `/api/costs/table?${new URLSearchParams(query)}`,
    shape: tableShape,
    local: (actor, deps) => readCostTable(actor, groups, scope, deps),
  });
}

/** Prints columns: on a terminal aligned, the first ones to the left as names; elsewhere separated by tabs. */
export function printColumns({ output }: Parsed, lines: readonly string[][], names: number): void {
  for (const line of process.stdout.isTTY ? aligned(lines, names) : lines.map((cells) => cells.join("\t")))
    output.data(line);
}

/** Names to the left, figures to the right. */
function aligned(lines: readonly string[][], names: number): string[] {
  const widths = (lines[0] ?? []).map((_, at) => Math.max(...lines.map((cells) => (cells[at] ?? "").length)));
  return lines.map((cells) =>
    cells.map((cell, at) => (at < names ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  "),
  );
}
