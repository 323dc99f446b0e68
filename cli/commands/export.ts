import { exportRequests } from "#control/activity/export.ts";
import { exportCosts } from "#control/costs/export.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { Parsed } from "../arguments.ts";
import { askText, INSTALLATION_HELP } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { costFlags, costQuery, writeOut } from "../cost-query.ts";
import { installationOptions } from "../installation.ts";
import { findPeople } from "../known-people.ts";
import { writeWhole } from "../write-whole.ts";

const help = `Examples:
  cco export > costs.csv                           the last 30 days, day by day
  cco export --range last-month --group-by project -o october.csv
  cco export --from 2026-10-01 --to 2026-11-01 --group-by model

  cco export --requests --range last-month -o requests.csv

Costs as CSV: the same rows and amounts as on the page Costs, and in the audit log like every export. With --requests every
single request instead, oldest first, from the database and from the archive.

  --range <name>        today, 7d, 30d, mtd, last-month, qtd; 30d unless named
  --from, --to <day>    whole days of the reporting zone; the end is not included
  --group-by <what>     day, model, project, team or person
  --requests            one row a request, with the columns of the archive
  --project, --team, --model, --person <value>  only these; a person by e-mail address, name or id
  -o, --output <file>   a file instead of standard output; it is there whole or not at all
${INSTALLATION_HELP}`;

export const exportCommand: Command = {
  summary: "Export costs as CSV",
  help,
  options: {
    ...installationOptions,
    ...costFlags,
    "group-by": { type: "string" },
    requests: { type: "boolean" },
    output: { type: "string", short: "o" },
  },
  run,
};

async function run(parsed: Parsed): Promise<number> {
  const question = await buildQuestion(parsed);
  const file = parsed.text("output");
  if (file === null) await askText(parsed, question, writeOut);
  else {
    const pieces: string[] = [];
    await askText(parsed, question, (text) => void pieces.push(text));
    writeWhole(file, pieces.join(""));
  }
  return exitCodes.ok;
}

async function buildQuestion(parsed: Parsed): Promise<Parameters<typeof askText>[1]> {
  const group = parsed.text("group-by");
  if (parsed.flag("requests")) {
    if (group !== null) throw new CliError(exitCodes.usage, "--requests has one row a request: leave out --group-by");
    const { cmp: _cmp, ...range } = await findPeople(parsed, costQuery(parsed));
    const query = { ...range, kind: "all" };
    return {
      path: `/api/reports/requests.csv?${new URLSearchParams(query)}`,
      local: async (actor, deps) => (await exportRequests(actor, query, deps)).lines,
    };
  }
  const query = { ...(await findPeople(parsed, costQuery(parsed))), ...(group === null ? {} : { group }) };
  return {
    path: `/api/reports/costs.csv?${new URLSearchParams(query)}`,
    local: async (actor, deps) => (await exportCosts(actor, query, deps)).lines,
  };
}
