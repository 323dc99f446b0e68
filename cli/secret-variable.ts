import process from "node:process";
import { readSecret } from "#config/env-values.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { CliError } from "./cli-error.ts";

/** The secret of a variable, or of the file that `NAME_FILE` names; null where neither is set. Throws a `CliError` for one that cannot be used. */
export function readSecretVariable(name: string): string | null {
  const mistakes: string[] = [];
  const mistake = (_variable: string, message: string) => void mistakes.push(message);
  const value = readSecret({ env: process.env, mistake, warn: () => {} }, name);
  const [first] = mistakes;
  if (first !== undefined) throw new CliError(exitCodes.invalidConfig, first);
  return value;
}
