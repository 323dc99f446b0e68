import { randomUUID } from "node:crypto";
import { existsSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { exitCodes } from "#core/exit-codes.ts";
import { CliError } from "./cli-error.ts";

/**
 * Replaces a file as a whole: after a failure at any moment it is what it was. It keeps its mode; a new one can be read by this user
 * only. Throws a `CliError` where it cannot be written.
 */
export function writeWhole(file: string, text: string): void {
  const beside = `${file}.${randomUUID()}.tmp`;
  try {
    const mode = existsSync(file) ? statSync(file).mode & 0o777 : 0o600;
    writeFileSync(beside, text, { mode, flush: true });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(exitCodes.failure, `${file} cannot be written (${code})`, "check its folder and permissions");
  }
}
