import process from "node:process";
import { exitCodes } from "#core/exit-codes.ts";
import type { Parsed } from "../arguments.ts";
import type { Command } from "../command.ts";
import { packageVersion } from "../package-root.ts";

const help = `Examples:
  cco version
  cco version --json

  --json    {"schema_version":1,"version":…,"node":…,"platform":…}`;

export const versionCommand: Command = {
  summary: "Print the version",
  help,
  options: { json: { type: "boolean" } },
  run,
};

async function run({ output, flag }: Parsed): Promise<number> {
  const version = packageVersion();
  const platform = `${process.platform}-${process.arch}`;
  if (flag("json")) output.data(JSON.stringify({ schema_version: 1, version, node: process.versions.node, platform }));
  else output.data(`cco ${version}`);
  return exitCodes.ok;
}
