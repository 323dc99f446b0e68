import type { FiguresView } from "#core/costs/figures.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { computeShare, formatPercent, formatTokens } from "#core/report/format.ts";
import type { Parsed } from "./arguments.ts";
import { costQuery } from "./cost-query.ts";
import { askTable, printColumns } from "./cost-table.ts";
import { findPeople } from "./known-people.ts";

/** Shows by model how many prompt tokens came from the provider's prompt cache, and how many were written to it. */
export async function showCacheUse(parsed: Parsed): Promise<number> {
  const { output, flag } = parsed;
  const table = await askTable(parsed, ["model", null], await findPeople(parsed, costQuery(parsed)));
  if (flag("json")) {
    output.data(JSON.stringify({ schema_version: 1, ...table }));
    return exitCodes.ok;
  }
  const lines = [
    ["model", "prompt tokens", "read", "written 5 min", "written 1 h", "uncached", "read share"],
    ...table.rows.map((row) => [row.label, ...formatUse(row.figures)]),
    ["total", ...formatUse(table.total)],
  ];
  printColumns(parsed, lines, 1);
  output.note(`${table.range.label}, ${table.range.zone}`);
  return exitCodes.ok;
}

function formatUse(figures: FiguresView): string[] {
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = figures;
  const prompt = inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  const tokens = [prompt, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, inputTokens];
  return [...tokens.map(formatTokens), formatPercent(computeShare(BigInt(cacheReadTokens), BigInt(prompt)))];
}
