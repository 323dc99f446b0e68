import process from "node:process";
import { ConfigError } from "#config/models-toml.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { ownValue } from "#core/own-value.ts";
import { nearest } from "#core/rules/nearest.ts";
import { parseArguments } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { commands } from "./commands.ts";
import { type JsonError, makeOutput } from "./output.ts";
import { refuseMoreWords, refuseUnreadFlags } from "./unread-words.ts";

/** Ways to ask without a command. */
const aliases: Readonly<Record<string, string>> = {
  "--help": "help",
  "-h": "help",
  "--version": "version",
  "-v": "version",
};

/** Carries out the command that these words name, and resolves to its exit code. An error is printed, and is a code as well. */
export async function runCommand(words: readonly string[]): Promise<number> {
  const [given = "help", ...args] = words;
  const name = ownValue(aliases, given) ?? given;
  try {
    const command = ownValue(commands, name);
    if (command === undefined) throw unknownCommand(name);
    const parsed = parseArguments(args, command.options, name);
    if (parsed !== null) {
      refuseMoreWords(name, command, parsed.positionals);
      refuseUnreadFlags(name, command, parsed);
      return await command.run(parsed, commands);
    }
    makeOutput({ quiet: false, color: true }).data(command.help);
    return exitCodes.ok;
  } catch (error) {
    return printError(error, words);
  }
}

function unknownCommand(name: string): CliError {
  const meant = nearest(name, Object.keys(commands));
  const hint = meant === null ? "cco --help lists them" : `did you mean cco ${meant}?`;
  return new CliError(exitCodes.usage, `there is no command "${name}"`, hint);
}

/** The one place where an error becomes words, or with `--json` one line of JSON. Both on standard error: data stays data. */
export function printError(error: unknown, args: readonly string[]): number {
  const output = makeOutput({ quiet: false, color: !args.includes("--no-color") });
  const expected = asExpected(error);
  const known = expected ?? new CliError(exitCodes.crash, toFirstLine(error));
  if (args.includes("--json")) output.jsonError(toJson(known));
  else output.error(known.message, known.hint);
  if (expected === null && process.env.CCO_LOG_LEVEL === "debug" && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  return known.code;
}

/** A list of models that cannot be used is for the operator to correct, whichever command reads it. */
function asExpected(error: unknown): CliError | null {
  if (error instanceof ConfigError) return new CliError(exitCodes.invalidConfig, error.message);
  return error instanceof CliError ? error : null;
}

function toFirstLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split("\n")[0] ?? text;
}

/**
 * Builds the JSON of an error. `code` is that of the catalogue of refusals, or the name of the exit code where the
 * command line itself refuses.
 */
function toJson({ code, message, hint, reason }: CliError): JsonError {
  const name = Object.entries(exitCodes).find(([, one]) => one === code)?.[0] ?? "failure";
  return { code: reason?.code ?? name, message, fix: hint, url: reason?.url ?? null };
}
