import * as z from "zod";
import { exportCosts } from "#control/costs/export.ts";
import { readCostTable } from "#control/costs/table.ts";
import { type CostGroup, type CostTable, costGroups } from "#core/costs/cost-table.ts";
import { type FiguresView, sumTokens } from "#core/costs/figures.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { formatCount, formatMoney, formatTokens } from "#core/report/format.ts";
import { nearest } from "#core/rules/nearest.ts";
import type { Parsed } from "../arguments.ts";
import { ask, askText, INSTALLATION_HELP } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { costFlags, costQuery, writeOut } from "../cost-query.ts";
import { installationOptions } from "../installation.ts";
import { findPeople } from "../known-people.ts";

const help = `Examples:
  cco cost                                         the last 30 days, day by day
  cco cost --by model --range mtd
  cco cost --by project --range last-month --json | jq .total.costNanoUsd
  cco cost --by user --csv > people.csv

Costs of a range: the rows, amounts and total of the page Costs, rounded as there. Unpriced are requests that are in no
amount, since their price is not known. --json has the exact nano-dollars.

  --by <what>           day, model, project, team or user; day unless named
  --range <name>        today, 7d, 30d, mtd, last-month, qtd; 30d unless named
  --from, --to <day>    whole days of the reporting zone; the end is not included
  --project, --team, --model, --person <value>  only these; a person by e-mail address, name or id
  --csv                 what cco export writes, and in the audit log like every export
  --json                {"schema_version":1, and the answer of /api/costs/table
${INSTALLATION_HELP}`;

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
});
const tableShape = z.object({
  range: z.object({ label: z.string(), zone: z.string() }),
  rows: z.array(z.object({ key: z.string(), label: z.string(), figures: figuresShape })),
  total: figuresShape,
});

export const costCommand: Command = {
  summary: "Show what a range cost, by day, model, project, team or user",
  help,
  options: {
    ...installationOptions,
    ...costFlags,
    by: { type: "string" },
    csv: { type: "boolean" },
    json: { type: "boolean" },
  },
  run,
};

async function run(parsed: Parsed): Promise<number> {
  const { output, flag } = parsed;
  const group = parseGroup(parsed.text("by") ?? "day");
  if (flag("csv") && flag("json")) throw new CliError(exitCodes.usage, "give --csv or --json", "leave one of them out");
  const scope = await findPeople(parsed, costQuery(parsed));
  const query = { ...scope, group };
  if (flag("csv")) {
    const path = `/api/reports/costs.csv?${new URLSearchParams(query)}`;
    await askText(
      parsed,
      { path, local: async (actor, deps) => (await exportCosts(actor, query, deps)).lines },
      writeOut,
    );
    return exitCodes.ok;
  }
  const table = await ask<CostTable>(parsed, {
    path: `/api/costs/table?${new URLSearchParams(query)}`,
    shape: tableShape,
    local: (actor, deps) => readCostTable(actor, group, scope, deps),
  });
  if (flag("json")) output.data(JSON.stringify({ schema_version: 1, ...table }));
  else print(table, group, parsed);
  return exitCodes.ok;
}

/** `user` is what people say; the API says `person`. */
function parseGroup(name: string): CostGroup {
  const group = costGroups.find((one) => one === (name === "user" ? "person" : name));
  if (group !== undefined) return group;
  const meant = nearest(name, [...costGroups, "user"]);
  const hint = meant === null ? "use day, model, project, team or user" : `did you mean --by ${meant}?`;
  throw new CliError(exitCodes.usage, `--by ${name} is not known`, hint);
}

function print({ rows, total, range }: CostTable, group: CostGroup, { output, text }: Parsed): void {
  const head = [
    group === "person" ? "user" : group,
    "requests",
    "overridden",
    "tokens",
    "cost",
    "saved",
    "avoided",
    "plan value",
    "unpriced",
  ];
  const name = (row: CostTable["rows"][number]) => (group === "day" ? row.key : row.label);
  const lines = [
    head,
    ...rows.map((row) => [name(row), ...formatCells(row.figures)]),
    ["total", ...formatCells(total)],
  ];
  for (const line of process.stdout.isTTY ? aligned(lines) : lines.map((cells) => cells.join("\t"))) output.data(line);
  output.note(`${range.label}, ${range.zone}`);
  const filters = ["project", "team", "model"].filter((filter) => text(filter) !== null);
  const named = filters.map((filter) => `--${filter} ${text(filter)}`).join(" ");
  if (total.requests === 0 && named !== "") output.note(`no requests of ${named}: is it written as in the console?`);
}

function formatCells(figures: FiguresView): string[] {
  const { costNanoUsd, savedNanoUsd, avoidedNanoUsd, planValueNanoUsd } = figures;
  const counts = [formatCount(figures.requests), formatCount(figures.overrides), formatTokens(sumTokens(figures))];
  const money = [costNanoUsd, savedNanoUsd, avoidedNanoUsd, planValueNanoUsd].map((nano) => formatMoney(nano));
  return [...counts, ...money, formatCount(figures.unpriced)];
}

/** Names to the left, figures to the right. */
function aligned(lines: readonly string[][]): string[] {
  const widths = (lines[0] ?? []).map((_, at) => Math.max(...lines.map((cells) => (cells[at] ?? "").length)));
  return lines.map((cells) =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  "),
  );
}
