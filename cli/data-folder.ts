import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { findFolderProblem } from "#config/check-folder.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { makeFolder } from "#store/make-folder.ts";
import { CliError } from "./cli-error.ts";

/** The system's codes for a user who may not write there, and for a disk that takes no writes. */
const NOT_WRITABLE = ["EACCES", "EPERM", "EROFS"];
const NO_ROOM = ["ENOSPC", "EDQUOT"];

/** Makes the data folder, with the folders above, and does in it what a start needs. What keeps it from that ends the command. */
export function makeDataFolder(dataDir: string, prepare: () => void = () => {}): void {
  try {
    makeFolder(dataDir);
    prepare();
  } catch (error) {
    throw toFolderError(error, dataDir);
  }
}

/** Makes sure that the data folder takes a new file. Ends the command where it does not, before anything is made in it. */
export function requireWritable(dataDir: string): void {
  const probe = join(dataDir, `.cco-probe-${process.pid}`);
  makeDataFolder(dataDir, () => {
    closeSync(openSync(probe, "wx", 0o600));
    rmSync(probe);
  });
}

function toFolderError(error: unknown, dataDir: string): CliError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return new CliError(exitCodes.invalidConfig, message);
  if (NOT_WRITABLE.includes(code))
    return new CliError(
      exitCodes.permissions,
      `the data folder ${dataDir} is not writable by this user (${code})`,
      "fix its permissions, or name another one with --data-dir or CCO_DATA_DIR",
    );
  if (NO_ROOM.includes(code))
    return new CliError(
      exitCodes.cannotCreate,
      `the disk of the data folder ${dataDir} is full (${code})`,
      `make room in ${dataDir}`,
    );
  const { problem } = findFolderProblem(dataDir);
  return new CliError(
    exitCodes.cannotCreate,
    `cannot create the data folder ${dataDir} (${code})${problem === null ? "" : `: it ${problem}`}`,
    "correct its path, or name another one with --data-dir or CCO_DATA_DIR",
  );
}
