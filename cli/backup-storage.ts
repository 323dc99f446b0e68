import { resolve } from "node:path";
import process from "node:process";
import { addressProblem, isAddress } from "#config/check-folder.ts";
import type { ConsoleEnv } from "#config/read-console-env.ts";
import { BACKUP_PLACES, isS3Address, readS3Place, type S3Reading } from "#config/read-s3.ts";
import { namedFolder, openOwnStorage } from "#control/backup/open-storage.ts";
import { s3Source, s3Storage } from "#control/backup/s3-storage.ts";
import type { ArchiveSource, BackupStorage } from "#control/backup/storage.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { quoteForShell } from "#core/shell-word.ts";
import type { Parsed } from "./arguments.ts";
import { CliError } from "./cli-error.ts";

/** Where a command keeps or looks for archives: the flag's place, else the installation's. */
export function openBackupStorage(parsed: Parsed, config: Pick<ConsoleEnv, "backups" | "dataDir">): BackupStorage {
  const to = parsed.text("to");
  if (to !== null && isAddress(to) && !isS3Address(to))
    throw new CliError(exitCodes.invalidConfig, addressProblem("--to", to, BACKUP_PLACES));
  if (to !== null && !isS3Address(to)) return namedFolder(resolve(to), config.dataDir);
  const bucket = to === null ? config.backups.bucket : readS3Place(process.env, "--to", to);
  if (bucket === null) return openOwnStorage(config);
  const { settings, address } = usable(bucket);
  return s3Storage(settings, address);
}

/** The archive that a command names: a file, or an object of a bucket. */
export function archiveNamed(given: string): string | ArchiveSource {
  if (!isS3Address(given)) return resolve(given);
  const { settings, address } = usable(readS3Place(process.env, "the archive", given));
  if (address.prefix === "")
    throw new CliError(
      exitCodes.usage,
      `${given} is a bucket, no archive`,
      `cco backup list --to ${quoteForShell(given)} shows them`,
    );
  return s3Source(settings, address);
}

/** Said of an archive in which no owner may sign in. */
export const NO_OWNER =
  "! it holds no owner who may sign in: after a restore name one with cco users role <e-mail> owner";

/** What a named archive is called in a message or a command. */
export const formatName = (archive: string | ArchiveSource): string =>
  typeof archive === "string" ? archive : archive.name;

/** A mistake in the environment ends the command as it would end the start of the service. */
function usable(reading: S3Reading): Extract<S3Reading, { ok: true }> {
  if (reading.ok) return reading;
  throw new CliError(exitCodes.invalidConfig, reading.problem);
}
