import process from "node:process";
import { exitCodes } from "#core/exit-codes.ts";
import { CliError } from "./cli-error.ts";
import { consoleCommand } from "./commands/console.ts";
import { helpCommand } from "./commands/help.ts";
import { rulesCommand } from "./commands/rules.ts";
import { runCommand } from "./commands/run.ts";
import { validateCommand } from "./commands/validate.ts";
import { verifyCommand } from "./commands/verify.ts";
import { versionCommand } from "./commands/version.ts";
import { makeOutput } from "./output.ts";

export type Command = (args: string[]) => Promise<number>;

const commands: Record<string, Command> = {
  run: runCommand,
  console: consoleCommand,
  rules: rulesCommand,
  validate: validateCommand,
  verify: verifyCommand,
  version: versionCommand,
  help: helpCommand,
};

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h") return helpCommand([]);
  if (name === "--version" || name === "-v") return versionCommand(args);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  try {
    if (command === undefined)
      throw new CliError(exitCodes.usage, `there is no command "${name}"`, "cco --help lists them");
    return await command(args);
  } catch (error) {
    return ended(error);
  }
}

/** The one place where an error becomes words. */
function ended(error: unknown): number {
  const output = makeOutput({ quiet: false, color: !process.argv.includes("--no-color") });
  if (error instanceof CliError) {
    output.error(error.message, error.hint);
    return error.code;
  }
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? error.name) : String(error);
  output.error(message);
  if (process.env.CCO_LOG_LEVEL === "debug" && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exitCodes.crash;
}
