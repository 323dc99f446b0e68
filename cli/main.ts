import process from "node:process";
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

async function main([given = "help", ...args]: string[]): Promise<number> {
  const name = ownValue(aliases, given) ?? given;
  try {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
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
    return ended(error);
  }
}

function unknownCommand(name: string): CliError {
  const meant = nearest(name, Object.keys(commands));
  const hint = meant === null ? "cco --help lists them" : `did you mean cco ${meant}?`;
  return new CliError(exitCodes.usage, `there is no command "${name}"`, hint);
}

/** A reader who has enough closes the pipe, as `head` does; any other failure loses what was to be printed. */
function endWithoutOutput(problem: NodeJS.ErrnoException): never {
  if (problem.code === "EPIPE") process.exit(exitCodes.ok);
  const said = new CliError(
    exitCodes.failure,
    `the output cannot be written (${problem.code})`,
    "what it says may be done already: look before you run it again",
  );
  process.exit(ended(said));
}

/** The one place where an error becomes words, or with `--json` one line of JSON. Both on standard error: data stays data. */
function ended(error: unknown): number {
  const args = process.argv.slice(2);
  const output = makeOutput({ quiet: false, color: !args.includes("--no-color") });
  const isExpected = error instanceof CliError;
  const known = isExpected ? error : new CliError(exitCodes.crash, firstLineOf(error));
  if (args.includes("--json")) output.jsonError(jsonOf(known));
  else output.error(known.message, known.hint);
  if (!isExpected && process.env.CCO_LOG_LEVEL === "debug" && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  return known.code;
}

function firstLineOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split("\n")[0] ?? text;
}

/** `code` is that of the catalogue of refusals, or where the command line itself refuses the name of the exit code. */
function jsonOf({ code, message, hint, reason }: CliError): JsonError {
  const name = Object.entries(exitCodes).find(([, one]) => one === code)?.[0] ?? "failure";
  return { code: reason?.code ?? name, message, fix: hint, url: reason?.url ?? null };
}

// Last: everything it needs is initialised by now.
process.stdout.on("error", endWithoutOutput);
// What it says to a person has no reader then; what it does, it does, and its exit code says how it went.
process.stderr.on("error", () => {});
process.exitCode = await main(process.argv.slice(2));
