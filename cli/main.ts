import { setPriority } from "node:os";
import process from "node:process";
import { exitCodes } from "#core/exit-codes.ts";
import { CliError } from "./cli-error.ts";
import { printError, runCommand } from "./run-command.ts";
import { NICENESS } from "./scheduled-work.ts";

/** They read the whole database, often on the machine that serves the traffic. */
const GIVE_WAY = ["backup", "export", "retention", "verify"];

const words = process.argv.slice(2);

/** A reader who has enough closes the pipe, as `head` does; any other failure loses what was to be printed. */
function endWithoutOutput(problem: NodeJS.ErrnoException): never {
  if (problem.code === "EPIPE") process.exit(exitCodes.ok);
  const said = new CliError(
    exitCodes.failure,
    `the output cannot be written (${problem.code})`,
    "what it says may be done already: look before you run it again",
  );
  process.exit(printError(said, words));
}

// Last: everything it needs is initialised by now.
process.stdout.on("error", endWithoutOutput);
// Ignore write errors of stderr. What the command says to a person has no reader then. What it does, it does, and its
// exit code says how it went.
process.stderr.on("error", () => {});
if (GIVE_WAY.includes(words[0] ?? "")) setPriority(NICENESS);
process.exitCode = await runCommand(words);
