import { replaceFile } from "#config/replace-file.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { CliError } from "./cli-error.ts";

/**
 * Replaces a file as a whole: after a failure at any moment it is what it was. It keeps its mode, unless `isSecret`: then, and
 * where it is new, it can be read by this user only. Returns whether that took the file away from others. Throws a `CliError`
 * where it cannot be written.
 */
export function writeWhole(file: string, text: string | Uint8Array, { isSecret = false } = {}): boolean {
  let wasOpen = false;
  try {
    replaceFile(file, text, (oldMode) => {
      wasOpen = oldMode !== null && (oldMode & 0o077) !== 0;
      return isSecret || oldMode === null ? 0o600 : oldMode;
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(exitCodes.failure, `${file} cannot be written (${code})`, "check its folder and permissions");
  }
  return isSecret && wasOpen;
}
