import { exportCosts } from "#control/costs/export.ts";
import { openBatchesText, openBatchesTitle } from "#core/batches/open-batches.ts";
import { type CostGroup, type CostReport, costGroups, isTimeGroup } from "#core/costs/cost-table.ts";
import { type FiguresView, sumTokens } from "#core/costs/figures.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { ownValue } from "#core/own-value.ts";
import { formatCount, formatMoney, formatMoneyChange, formatTokens } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { nearest } from "#core/rules/nearest.ts";
import type { Parsed } from "../arguments.ts";
import { askText, INSTALLATION_HELP } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { showCacheUse } from "../cost-cache.ts";
import { showWhatChanged } from "../cost-changed.ts";
import { runGate } from "../cost-gate.ts";
import { costFlags, costQuery, writeOut } from "../cost-query.ts";
import { runReconcile } from "../cost-reconcile.ts";
import { askTable, printColumns } from "../cost-table.ts";
import { installationOptions } from "../installation.ts";
import { findPeople } from "../known-people.ts";

const help = `Examples:
  cco cost                                         the last 30 days, day by day
  cco cost monthly --since 2026-09-01 --breakdown
  cco cost --by project --split model --range mtd
  cco cost --by project --range last-month --json | jq .total.costNanoUsd
  cco cost gate --max 250 --project checkout       for CI: exit code 1 where this month has cost more
  cco cost reconcile usage.json cost.json --tolerance 0.5
  cco cost --by user --csv > people.csv

Costs of a range: the rows, amounts and total of the page Costs, rounded as there. Unpriced are requests that are in no
amount, since their price is not known. --json has the exact nano-dollars.

  daily, weekly, monthly, models   the same as --by day, week, month, model
  cache                 what the models read from the prompt cache and wrote to it, by model
  changed               why the range cost another amount than the one before it, to the nano-dollar
  gate                  compare the cost with --max; this month unless a range is given
  reconcile [file ...]  import usage and cost reports of the provider, and compare their days (UTC) with what was recorded

  --by <what>           day, week, month, model, requested, project, team, user, key, rule or endpoint; day unless named
  --split <what>        the same, within each row. --breakdown is --split model
  --range <name>        today, 7d, 30d, mtd, last-month, qtd; 30d unless named
  --from, --to <day>    whole days of the reporting zone; the end is not included
  --since, --until <day> the same with the end included; up to today without it. 20261001 is taken too
  --project, --team, --model, --person <value>  only these; a person by e-mail address, name or id
  --max <dollars>       the most that gate lets pass, such as 250 or 0.50
  --allow-unpriced      gate passes although requests without a known price are in no amount
  --tolerance <percent> reconcile: exit code 1 where more of the bill is unexplained, or not known
  --replace             reconcile: put the days of the report in the place of those that another report covers
  --workspaces <ids>    reconcile: only the traffic of these goes through CCO; default is the one without an id
  --csv                 what cco export writes, and in the audit log like every export
  --json                {"schema_version":1, and the answer of /api/costs/table
${INSTALLATION_HELP}`;

/** Groupings that are a word of their command, as with `ccusage`. */
const verbGroups = { daily: "day", weekly: "week", monthly: "month", models: "model" } as const;
const verbNames = [...Object.keys(verbGroups), "cache", "changed", "gate", "reconcile"];
/** Flags of a range and of filters that the reports of the provider do not know. */
const ofRanges = ["range", "since", "until", "project", "team", "model", "person"];
const ofTables = ["", ...Object.keys(verbGroups)];

export const costCommand: Command = {
  summary: "Show what a range cost, in groups, and let CI compare it with a maximum",
  help,
  options: {
    ...installationOptions,
    ...costFlags,
    by: { type: "string" },
    split: { type: "string" },
    breakdown: { type: "boolean" },
    max: { type: "string" },
    "allow-unpriced": { type: "boolean" },
    tolerance: { type: "string" },
    replace: { type: "boolean" },
    workspaces: { type: "string" },
    csv: { type: "boolean" },
    json: { type: "boolean" },
  },
  verbs: verbNames,
  words: { ...Object.fromEntries(verbNames.map((name) => [name, 0])), reconcile: 100 },
  flagsOf: {
    by: [""],
    split: ofTables,
    breakdown: ofTables,
    csv: ofTables,
    max: ["gate"],
    "allow-unpriced": ["gate"],
    tolerance: ["reconcile"],
    replace: ["reconcile"],
    workspaces: ["reconcile"],
    ...Object.fromEntries(ofRanges.map((flag) => [flag, [...ofTables, "cache", "gate"]])),
  },
  run,
};

async function run(parsed: Parsed): Promise<number> {
  const [verb] = parsed.positionals;
  if (verb === undefined) return showTable(parsed, parseGroup("by", parsed.text("by") ?? "day"));
  if (verb === "cache") return showCacheUse(parsed);
  if (verb === "changed") {
    await showWhatChanged(parsed, await findPeople(parsed, costQuery(parsed)));
    return exitCodes.ok;
  }
  if (verb === "gate") return runGate(parsed);
  if (verb === "reconcile") return runReconcile(parsed);
  const group = ownValue(verbGroups, verb);
  if (group !== undefined) return showTable(parsed, group);
  const meant = nearest(verb, verbNames);
  const hint = meant === null ? "cco cost --help lists them" : `did you mean cco cost ${meant}?`;
  throw new CliError(exitCodes.usage, `there is no "cco cost ${verb}"`, hint);
}

async function showTable(parsed: Parsed, group: CostGroup): Promise<number> {
  const { output, flag } = parsed;
  if (flag("csv") && flag("json")) throw new CliError(exitCodes.usage, "give --csv or --json", "leave one of them out");
  const split = parseSplit(parsed, group);
  const scope = await findPeople(parsed, costQuery(parsed));
  if (flag("csv")) {
    const query = { ...scope, group, ...(split === null ? {} : { split }) };
    const path = `/api/reports/costs.csv?${new URLSearchParams(query)}`;
    await askText(
      parsed,
      { path, local: async (actor, deps) => (await exportCosts(actor, query, deps)).lines },
      writeOut,
    );
    return exitCodes.ok;
  }
  const table = await askTable(parsed, [group, split], scope);
  if (flag("json")) output.data(JSON.stringify({ schema_version: 1, ...table }));
  else print(table, parsed);
  return exitCodes.ok;
}

function parseSplit(parsed: Parsed, group: CostGroup): CostGroup | null {
  const named = parsed.text("split");
  if (parsed.flag("breakdown") && named !== null)
    throw new CliError(exitCodes.usage, "give --split or --breakdown", "--breakdown is --split model");
  const split = named === null ? (parsed.flag("breakdown") ? "model" : null) : parseGroup("split", named);
  if (split === group) throw new CliError(exitCodes.usage, `rows by ${group} cannot be split by ${group} again`);
  return split;
}

/** `user` is what people say; the API says `person`. */
function parseGroup(flag: "by" | "split", name: string): CostGroup {
  const group = costGroups.find((one) => one === (name === "user" ? "person" : name));
  if (group !== undefined) return group;
  const meant = nearest(name, [...costGroups, "user"]);
  const names = costGroups.map((one) => (one === "person" ? "user" : one));
  const hint =
    meant === null ? `use ${names.slice(0, -1).join(", ")} or ${names.at(-1)}` : `did you mean --${flag} ${meant}?`;
  throw new CliError(exitCodes.usage, `--${flag} ${name} is not known`, hint);
}

function print({ rows, total, range, group, split, openBatches, corrections }: CostReport, parsed: Parsed): void {
  const { output, text } = parsed;
  const isTable = process.stdout.isTTY;
  const isMonthly = group === "month" && rows.some(({ month }) => month !== undefined);
  const heads = [group, ...(split === undefined ? [] : [split])].map((one) => (one === "person" ? "user" : one));
  const lines = [
    [
      ...heads,
      "requests",
      "overridden",
      "tokens",
      "cost",
      "saved",
      "avoided",
      "plan value",
      "unpriced",
      ...(isMonthly ? ["state", "closed at"] : []),
    ],
    ...rows.flatMap((row) => {
      const name = findName(group, row);
      const parts = (row.parts ?? []).map((part) => [
        isTable ? "" : name,
        split === undefined ? "" : findName(split, part),
        ...formatCells(part.figures),
        ...(isMonthly ? formatMonth(row) : []),
      ]);
      // A script that adds up lines must not count a row and its parts.
      if (split !== undefined && !isTable) return parts;
      const month = isMonthly ? formatMonth(row) : [];
      return [[name, ...(split === undefined ? [] : [""]), ...formatCells(row.figures), ...month], ...parts];
    }),
    ["total", ...(split === undefined ? [] : [""]), ...formatCells(total), ...(isMonthly ? ["", ""] : [])],
  ];
  printColumns(parsed, lines, heads.length);
  output.note(`${range.label}, ${range.zone}`);
  const title = openBatches === undefined ? null : openBatchesTitle(openBatches);
  if (openBatches !== undefined && title !== null) output.note(`${title}. ${openBatchesText(openBatches)}`);
  if (corrections.length > 0)
    output.note(
      `with ${formatCounted(corrections.length, "correction")} of these days: ${formatMoneyChange(BigInt(total.correctedNanoUsd))}; cco prices corrections`,
    );
  const filters = ["project", "team", "model"].filter((filter) => text(filter) !== null);
  const named = filters.map((filter) => `--${filter} ${text(filter)}`).join(" ");
  if (total.requests === 0 && named !== "") output.note(`no requests of ${named}: is it written as in the console?`);
}

/** Days, weeks and months are written as scripts sort them. */
const findName = (group: CostGroup, row: CostReport["rows"][number]): string =>
  isTimeGroup(group) ? row.key : row.label;

/** Whether a month is closed, and at what. */
const formatMonth = ({ month }: CostReport["rows"][number]): string[] => [
  month?.state ?? "",
  month?.state === "closed" ? formatMoney(month.closedNanoUsd) : "",
];

function formatCells(figures: FiguresView): string[] {
  const { costNanoUsd, savedNanoUsd, avoidedNanoUsd, planValueNanoUsd } = figures;
  const counts = [formatCount(figures.requests), formatCount(figures.overrides), formatTokens(sumTokens(figures))];
  const money = [costNanoUsd, savedNanoUsd, avoidedNanoUsd, planValueNanoUsd].map((nano) => formatMoney(nano));
  return [...counts, ...money, formatCount(figures.unpriced)];
}
