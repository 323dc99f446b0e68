import { exitCodes } from "#core/exit-codes.ts";
import { CliError } from "./cli-error.ts";

/** The version of the rules that a word names, as 42 or v42. Throws a `CliError` for any other word. */
export function versionNumber(word: string): number {
  const number = Number(word.replace(/^v/, ""));
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new CliError(exitCodes.usage, `"${word}" is not a version number`, "cco rules list shows them");
}
