import process from "node:process";
import { ENVIRONMENT, type EnvironmentVariable } from "#config/environment.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { Parsed } from "../arguments.ts";
import type { Command } from "../command.ts";

const help = `Examples:
  cco env                                          every variable CCO reads, and whether it is set here
  cco env --set                                    only those that are set
  cco env --json | jq '.variables[] | select(.set)'

Prints names and where a value comes from, never a value.

  --set    only variables that are set
  --json   {"schema_version":1,"variables":[{"name":…,"set":…,"source":…,"meaning":…}]}`;

export const envCommand: Command = {
  summary: "List the variables CCO reads and whether they are set here",
  help,
  options: { set: { type: "boolean" }, json: { type: "boolean" } },
  run,
};

/** `file`: `NAME_FILE` names a file that holds the value. */
type Source = "environment" | "file" | null;

async function run({ output, flag }: Parsed): Promise<number> {
  const all = Object.values(ENVIRONMENT).flat();
  const rows = all
    .map((variable) => ({ name: variable.name, source: findSource(variable), meaning: variable.meaning }))
    .filter(({ source }) => source !== null || !flag("set"));
  if (flag("json")) {
    const variables = rows.map(({ name, source, meaning }) => ({ name, set: source !== null, source, meaning }));
    output.data(JSON.stringify({ schema_version: 1, variables }));
    return exitCodes.ok;
  }
  const widest = Math.max(0, ...rows.map(({ name }) => name.length));
  for (const { name, source, meaning } of rows) {
    const state = source === null ? "unset" : source === "file" ? "file" : "set";
    output.data(`${name.padEnd(widest)}  ${state.padEnd(5)}  ${meaning.replaceAll("`", "")}`);
  }
  return exitCodes.ok;
}

function findSource({ name, isSecret }: EnvironmentVariable): Source {
  if (process.env[name]) return "environment";
  return isSecret && process.env[`${name}_FILE`] ? "file" : null;
}
