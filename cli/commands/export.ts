import { exportRequests } from "#control/activity/export.ts";
import { exportCosts } from "#control/costs/export.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { Parsed } from "../arguments.ts";
import { askText, INSTALLATION_HELP } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { costFlags, costQuery, writeOut } from "../cost-query.ts";
import { exportTable, findOutputFile, isTableExport, writeExport } from "../export-table.ts";
import { installationOptions } from "../installation.ts";
import { findPeople } from "../known-people.ts";

const help = `Examples:
  cco export > costs.csv                           the last 30 days, day by day
  cco export --range last-month --group-by project -o october.csv
  cco export --from 2026-10-01 --to 2026-11-01 --group-by model

  cco export --format focus --range last-month -o focus.csv
  cco export --format parquet --group-by day,project,model -o costs.parquet
  cco export --format jsonl --tz Europe/Berlin --dry-run

  cco export --requests --range last-month -o requests.csv

Costs as CSV, JSON lines, Parquet or FOCUS: the same amounts as on the page Costs, and in the audit log like every export.
With --requests every single request instead, oldest first, from the database and from the archive.

  --range <name>        today, 7d, 30d, mtd, last-month, qtd; 30d unless named
  --from, --to <day>    whole days of the reporting zone; the end is not included
  --since, --until <day> the same with the end included; up to today without it
  --group-by <what>     day, week, month, model, requested, project, team, person, key, rule or endpoint;
                        several separated by commas
  --split <what>        the same, within each row: one line a part
  --format <what>       csv, jsonl, parquet or focus. A CSV that is asked for by name ends with a row of the total
  --focus-version <v>   1.4 or 1.2; 1.4 unless named
  --tz <zone>           days of this zone, in place of the reporting zone
  --columns <names>     only these columns, in this order
  --total, --no-total   with or without the row of the total
  --dry-run             show the columns and the first rows instead of the file
  --requests            one row a request, with the columns of the archive
  --project, --team, --model, --person <value>  only these; a person by e-mail address, name or id
  -o, --output <file>   a file instead of standard output, which is -; it is there whole or not at all
${INSTALLATION_HELP}`;

export const exportCommand: Command = {
  summary: "Export costs as CSV, JSON lines, Parquet or FOCUS",
  help,
  options: {
    ...installationOptions,
    ...costFlags,
    "group-by": { type: "string" },
    split: { type: "string" },
    format: { type: "string" },
    "focus-version": { type: "string" },
    tz: { type: "string" },
    columns: { type: "string" },
    total: { type: "boolean" },
    "no-total": { type: "boolean" },
    "dry-run": { type: "boolean" },
    requests: { type: "boolean" },
    output: { type: "string", short: "o" },
  },
  run,
};

async function run(parsed: Parsed): Promise<number> {
  if (isTableExport(parsed)) return exportTable(parsed);
  const question = await buildQuestion(parsed);
  const file = findOutputFile(parsed);
  if (file === null) await askText(parsed, question, writeOut);
  else {
    const pieces: string[] = [];
    await askText(parsed, question, (text) => void pieces.push(text));
    writeExport(parsed, file, Buffer.from(pieces.join("")));
  }
  return exitCodes.ok;
}

async function buildQuestion(parsed: Parsed): Promise<Parameters<typeof askText>[1]> {
  const [group, split] = [parsed.text("group-by"), parsed.text("split")];
  if (parsed.flag("requests")) {
    for (const [flag, value] of Object.entries({ "group-by": group, split }))
      if (value !== null) throw new CliError(exitCodes.usage, `--requests has one row a request: leave out --${flag}`);
    const { cmp: _cmp, ...range } = await findPeople(parsed, costQuery(parsed));
    const query = { ...range, kind: "all" };
    return {
      path: `/api/reports/requests.csv?${new URLSearchParams(query)}`,
      local: async (actor, deps) => (await exportRequests(actor, query, deps)).lines,
    };
  }
  const groups = { ...(group === null ? {} : { group }), ...(split === null ? {} : { split }) };
  const query = { ...(await findPeople(parsed, costQuery(parsed))), ...groups };
  return {
    path: `/api/reports/costs.csv?${new URLSearchParams(query)}`,
    local: async (actor, deps) => (await exportCosts(actor, query, deps)).lines,
  };
}
