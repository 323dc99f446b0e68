import type { EnvMistake } from "#config/env-values.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { CliError } from "./cli-error.ts";

/** A command's end over variables that are not valid, each mistake in one line. `mistakes` has one at least. */
export function settingsError(mistakes: readonly EnvMistake[]): CliError {
  const isPermission = mistakes.every((mistake) => mistake.isPermission);
  const code = isPermission ? exitCodes.permissions : exitCodes.invalidConfig;
  return new CliError(code, mistakes.map(({ message }) => message).join("\n"));
}
