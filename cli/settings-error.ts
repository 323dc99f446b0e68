import type { EnvMistake } from "#config/env-values.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { CliError } from "./cli-error.ts";

/** The exit code for variables that are not valid. */
export const settingsCode = (mistakes: readonly EnvMistake[]): number =>
  mistakes.every(({ isPermission }) => isPermission) ? exitCodes.permissions : exitCodes.invalidConfig;

/** A command's end over variables that are not valid, each mistake in one line. `mistakes` has one at least. */
export const settingsError = (mistakes: readonly EnvMistake[]): CliError =>
  new CliError(settingsCode(mistakes), mistakes.map(({ message }) => message).join("\n"));
