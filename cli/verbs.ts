import { exitCodes } from "#core/exit-codes.ts";
import { ownValue } from "#core/own-value.ts";
import { nearest } from "#core/rules/nearest.ts";
import type { Parsed } from "./arguments.ts";
import { CliError } from "./cli-error.ts";

/** What a first word of a command does with the words behind it. Resolves to an exit code where that is an answer too. */
export type Verb = (parsed: Parsed, words: readonly string[]) => Promise<unknown>;

/** Runs the first word of a command. Resolves to the exit code: that of a wrong use where there is none, after its help. */
export async function runVerb(
  command: string,
  verbs: Readonly<Record<string, Verb>>,
  parsed: Parsed,
  help: string,
): Promise<number> {
  const [name, ...words] = parsed.positionals;
  if (name === undefined) {
    const names = Object.keys(verbs).join(", ");
    // A script reads standard output: there is no data in a help.
    if (parsed.flag("json")) throw new CliError(exitCodes.usage, `cco ${command} needs one of: ${names}`);
    parsed.output.data(help);
    return exitCodes.usage;
  }
  const verb = ownValue(verbs, name);
  if (verb === undefined) {
    const meant = nearest(name, Object.keys(verbs));
    const hint = meant === null ? `cco ${command} --help lists them` : `did you mean cco ${command} ${meant}?`;
    throw new CliError(exitCodes.usage, `there is no "cco ${command} ${name}"`, hint);
  }
  const code = await verb(parsed, words);
  return typeof code === "number" ? code : exitCodes.ok;
}
