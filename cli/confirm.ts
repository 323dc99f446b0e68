import process from "node:process";
import { createInterface } from "node:readline/promises";
import { exitCodes } from "#core/exit-codes.ts";
import { CliError } from "./cli-error.ts";

/** Asks before a change that affects all users. Without a terminal `-y` is required. */
export async function confirm(question: string, isYes: boolean): Promise<void> {
  if (isYes) return;
  if (!process.stdin.isTTY || process.env.CCO_NO_INPUT) {
    const why = process.env.CCO_NO_INPUT ? "CCO_NO_INPUT is set" : "there is no terminal";
    throw new CliError(exitCodes.usage, `this needs a confirmation, but ${why}`, "add -y");
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines.question(`${question} [y/N] `);
  lines.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError(exitCodes.failure, "nothing was changed");
}
