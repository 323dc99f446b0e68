import * as z from "zod";
import { type BudgetsView, type BudgetView, listBudgets } from "#control/budgets/list.ts";
import { raiseBudget } from "#control/budgets/raise.ts";
import type { RaiseView } from "#control/budgets/raise-view.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { formatMoney, formatPercent } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { Parsed } from "../arguments.ts";
import { ask, INSTALLATION_HELP } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { installationOptions } from "../installation.ts";
import { runVerb, type Verb } from "../verbs.ts";

const help = `Examples:
  cco budgets list                                       what is left of each, and the day it breaks
  cco budgets raise team:payments:dollars --by 20        $20 more until the budget's month ends
  cco budgets raise team:payments:dollars --by 300 --until 2026-12-04

A budget is named as the first column of the list names it. Every proxy applies a raise within a second.

  list                  budgets
  raise <budget>        make one larger for a time

  --by <dollars>        by how much: 20, 12.50
  --until <day>         the last day on which it holds, in the reporting zone; without it until the month ends
  --json                {"schema_version":1, and what the API answers}
${INSTALLATION_HELP}`;

const verbs: Record<string, Verb> = { list, raise };

export const budgetsCommand: Command = {
  summary: "Show what is left of budgets, and raise one for a time",
  help,
  options: {
    ...installationOptions,
    by: { type: "string" },
    until: { type: "string" },
    json: { type: "boolean" },
  },
  verbs: Object.keys(verbs),
  words: { list: 0, raise: 1 },
  run: (parsed) => runVerb("budgets", verbs, parsed, help),
};

const listShape = z.looseObject({
  period: z.looseObject({ toDay: z.string(), zone: z.string() }),
  budgets: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      limitNanoUsd: z.string(),
      leftNanoUsd: z.string(),
      share: z.number(),
      steps: z.array(z.looseObject({ percent: z.number(), breach: z.looseObject({ kind: z.string() }) })),
    }),
  ),
});

async function list(parsed: Parsed): Promise<void> {
  const { output, flag } = parsed;
  const view = await ask<BudgetsView>(parsed, { path: "/api/budgets", shape: listShape, local: listBudgets });
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, ...view }));
  for (const budget of view.budgets) output.data(formatLine(budget));
  const until = `until ${view.period.toDay} 00:00 ${view.period.zone}`;
  output.note(
    view.budgets.length === 0 ? "no budgets; they are set in the console, under Team" : `this month, ${until}`,
  );
}

const formatLine = (budget: BudgetView): string =>
  [
    budget.id,
    budget.name,
    `${formatMoney(budget.leftNanoUsd)} left of ${formatMoney(budget.limitNanoUsd)}`,
    formatPercent(budget.share),
    formatBreach(budget),
    ...(budget.raises.length === 0 ? [] : [`${formatCounted(budget.raises.length, "raise")} in force`]),
  ].join("\t");

function formatBreach({ steps }: BudgetView): string {
  const breach = steps.at(-1)?.breach;
  switch (breach?.kind) {
    case "reached":
      return "spent: requests are refused";
    case "breaks":
      return `breaks on ${breach.day}`;
    case "may-break":
      return `may break, from ${breach.earliestDay} on`;
    case "holds":
      return "holds";
    default:
      return "cannot be projected yet";
  }
}

const raiseShape = z.looseObject({ raise: z.looseObject({ nanoUsd: z.string(), untilDay: z.string() }) });

async function raise(parsed: Parsed, [id = ""]: readonly string[]): Promise<void> {
  const { output, flag, text } = parsed;
  const [kind = "", unit = ""] = [id.split(":")[0], id.split(":").at(-1)];
  const holder = id.slice(kind.length + 1, -unit.length - 1);
  if (holder === "")
    throw new CliError(
      exitCodes.usage,
      "name the budget, such as team:payments:dollars",
      "cco budgets list shows them",
    );
  const body = { kind, holder, unit, nanoUsd: parseDollars(text("by")), until: text("until") };
  const answer = await ask<{ raise: RaiseView }>(parsed, {
    method: "POST",
    path: "/api/budgets/raises",
    body,
    shape: raiseShape,
    local: (actor, deps) => raiseBudget(actor, body, deps),
  });
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, ...answer }));
  output.data(`${id} is ${formatMoney(answer.raise.nanoUsd)} larger until ${answer.raise.untilDay} is over`);
}

/** Whole nano-dollars of "20" or "12.50"; anything else is a mistake of the command line. */
function parseDollars(text: string | null): number {
  const found = /^\$?(\d{1,7})(?:\.(\d{1,2}))?$/.exec(text ?? "");
  if (found === null) throw new CliError(exitCodes.usage, "--by takes dollars, such as 20 or 12.50");
  return (Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"))) * 10_000_000;
}
