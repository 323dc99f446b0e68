import process from "node:process";
import { exitCodes } from "#core/exit-codes.ts";
import { parseArguments } from "../arguments.ts";
import { makeOutput } from "../output.ts";
import { packageVersion } from "../package-root.ts";

const help = `Examples:
  cco version
  cco version --json

  --json    {"schema_version":1,"version":…,"node":…,"platform":…}`;

export async function versionCommand(args: string[]): Promise<number> {
  const parsed = parseArguments(args, { json: { type: "boolean" } }, "version");
  const output = parsed?.output ?? makeOutput({ quiet: false, color: true });
  if (parsed === null) output.data(help);
  else if (parsed.flag("json")) {
    const platform = `${process.platform}-${process.arch}`;
    output.data(
      JSON.stringify({ schema_version: 1, version: packageVersion(), node: process.versions.node, platform }),
    );
  } else output.data(`cco ${packageVersion()}`);
  return exitCodes.ok;
}
