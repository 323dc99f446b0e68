import { rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { keptStateFile } from "#config/kept-state-file.ts";
import { resolveRealPath } from "#config/replace-file.ts";
import { readRulesFile, writeRulesFile } from "#config/rules-file.ts";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { BackupRowError, BackupWriter, countBackupRows, emptyForRestore } from "#store/backup-write.ts";
import { fileOfDatabase } from "#store/data-folder-use.ts";
import { takeFileLock } from "#store/file-lock.ts";
import { hashToml } from "#store/hashes.ts";
import { makeFolder } from "#store/make-folder.ts";
import { openWithSums } from "#store/opening-balance.ts";
import { bumpRevision } from "#store/revision.ts";
import { latestRuleVersion } from "#store/rule-versions.ts";
import { readSetting, settingKey, writeSetting } from "#store/settings.ts";
import type { SqlConnection } from "#store/sql.ts";
import { inControlTransaction } from "#store/transaction.ts";
import { recordAudit } from "../audit/record.ts";
import { databaseRefusal } from "../database-away.ts";
import type { ControlDeps } from "../deps.ts";
import { bringFileUpToDate } from "../rules/rules-file.ts";
import { damaged } from "./archive.ts";
import { folderStorage } from "./folder-storage.ts";
import { newer } from "./format.ts";
import { type GiveBack, inUse, requireStopped, takeAlone, toLockRefusal } from "./in-use.ts";
import { makeBackup } from "./make.ts";
import { usualFolder } from "./names.ts";
import { noteNewestBackup } from "./note-newest.ts";
import { findRulesFileChange, type RulesFileChange } from "./rules-file-change.ts";
import type { ArchiveSource } from "./storage.ts";
import { readBackup, type VerifiedBackup } from "./verify.ts";

interface Restored {
  backup: VerifiedBackup;
  /** Archive of what was there before, events included; null where there was nothing. */
  safety: string | null;
  rulesFile: {
    /** `unwritable`: the restored rules are live, but the file is as it was. */
    change: RulesFileChange;
    /** Path of the copy of what the file held; null where it was not replaced. */
    backup: string | null;
  };
}

interface RestoreOptions {
  file: string | ArchiveSource;
  productVersion: string;
  /** What `verifyBackup` has just said of the archive, where the caller had to know it before. */
  proven?: VerifiedBackup;
}

/**
 * Replaces the content of the database by that of an archive, in one transaction, then the rules file. Proves the archive and
 * makes an archive of what is there first. Killed at any moment, all of it is old or all of it is new: the next start
 * writes the rules file where this could not any more. Throws `backup.in-use` while CCO runs, and as `verifyBackup`.
 */
export async function restoreBackup(
  actor: Actor,
  { file, productVersion, proven }: RestoreOptions,
  { connection }: { connection: SqlConnection },
  deps: ControlDeps,
): Promise<Restored> {
  requirePermission(actor, "backup.restore");
  const backup = proven ?? (await readBackup(file, async () => {}));
  return restoreProven(actor, { file, productVersion, backup }, connection, deps).catch(async (error: unknown) => {
    throw asRefusal(error, backup, await fileOfDatabase(connection).catch(() => null));
  });
}

async function restoreProven(
  actor: Actor,
  { file, productVersion, backup }: Omit<RestoreOptions, "proven"> & { backup: VerifiedBackup },
  connection: SqlConnection,
  deps: ControlDeps,
): Promise<Restored> {
  const { dataDir } = deps.config;
  makeFolder(dataDir);
  const lock = takeFileLock(join(dataDir, "restore.lock"));
  if (!(await lock.taken)) throw inUse("Another restore is under way.");
  let giveBack: GiveBack | null = null;
  try {
    giveBack = await takeAlone(connection, deps);
    const options = {
      place: folderStorage(usualFolder(dataDir), { isMade: true }),
      hasEvents: true,
      keep: null,
      kind: "safety",
      productVersion,
    } as const;
    const isNew = await isEmpty(connection);
    const safety = isNew ? null : (await makeBackup(actor, options, { connection }, deps)).file;
    await replaceAll(actor, file, connection, deps);
    // Only for what is shown: a place that cannot be listed fails no restore.
    await noteNewestBackup(connection, deps).catch(() => {});
    // What it kept for a start without the database is of the time before.
    rmSync(keptStateFile(dataDir), { force: true });
    return { backup, safety, rulesFile: await restoreRulesFile(backup, deps) };
  } finally {
    await giveBack?.();
    lock.release();
  }
}

async function isEmpty(connection: SqlConnection): Promise<boolean> {
  const counts = await countBackupRows(connection);
  return Object.values(counts).every((count) => count === 0);
}

/** Everything of the database, in one transaction that nothing else can write beside. */
async function replaceAll(
  actor: Actor,
  file: string | ArchiveSource,
  connection: SqlConnection,
  deps: ControlDeps,
): Promise<void> {
  const at = deps.now();
  await inControlTransaction(connection, async () => {
    await requireStopped(connection, deps);
    const ownKept = await readKept(connection);
    await emptyForRestore(connection);
    const writer = new BackupWriter(connection);
    // Proven once more while it is inserted: the file may have been changed since it was looked at.
    const { manifest, manifestHash } = await readBackup(file, (table, rows) => writer.insert(table, rows));
    await writer.finish();
    if (!manifest.hasEvents) await openWithSums(connection, new Date(manifest.createdAt), at);
    await keepOwn(connection, ownKept, at);
    await noteRulesFile(connection, deps, at);
    await bumpRevision(connection);
    const after = {
      file: basename(typeof file === "string" ? file : file.name),
      createdAt: manifest.createdAt,
      hasEvents: manifest.hasEvents,
      manifestHash,
    };
    await recordAudit(connection, actor, { action: "backup.restore", after }, at);
  });
}

/** What an archive says of backups is true of the installation that made it: here those count that are here. */
const OF_THE_PLACE = [settingKey.backupLast, settingKey.backupBegun, settingKey.backupDone];

async function readKept(connection: SqlConnection): Promise<(string | null)[]> {
  const values: (string | null)[] = [];
  for (const key of OF_THE_PLACE) values.push(await readSetting(connection, key));
  return values;
}

async function keepOwn(connection: SqlConnection, values: readonly (string | null)[], at: Date): Promise<void> {
  for (const [index, key] of OF_THE_PLACE.entries()) {
    const value = values[index] ?? null;
    if (value === null) await connection.all('DELETE FROM setting WHERE "key" = $1', [key]);
    else await writeSetting(connection, key, value, at);
  }
}

/**
 * Notes the rules file on disk, which is then no edit to take in. The restored rules are live, and replace it even if
 * this process is killed.
 */
async function noteRulesFile(connection: SqlConnection, { config }: ControlDeps, at: Date): Promise<void> {
  const file = readRulesFile(config.rulesFile);
  if (file.kind === "found") await writeSetting(connection, settingKey.rulesFileHash, hashToml(file.text), at);
}

/** Writes the newest version, else the text that was on disk where there was no version yet. */
async function restoreRulesFile({ rules }: VerifiedBackup, deps: ControlDeps): Promise<Restored["rulesFile"]> {
  const { rulesFile } = deps.config;
  const latest = await latestRuleVersion(deps.db);
  const change = findRulesFileChange(rulesFile, latest?.toml ?? rules);
  // Said by the command, in its words: no line of a log is needed.
  if (change === "unwritable") return { change, backup: null };
  if (latest !== null) {
    const { fileWritten, backup } = await bringFileUpToDate(deps);
    const path = backup === null ? null : join(dirname(resolveRealPath(rulesFile)), backup);
    return { change: fileWritten ? change : "unwritable", backup: path };
  }
  if (rules === null || change === "kept") return { change: "kept", backup: null };
  try {
    return { change, backup: writeRulesFile(rulesFile, rules, deps.now()).backupPath };
  } catch {
    return { change: "unwritable", backup: null };
  }
}

function asRefusal(error: unknown, { manifest }: VerifiedBackup, databaseFile: string | null): unknown {
  if (error instanceof BackupRowError) {
    if (error.problem === "unknown-column") return newer(manifest.productVersion);
    if (error.problem === "bad-cell") return damaged(`${error.table} holds what is no ${error.column}`);
    const text = `This backup was made by an older CCO (${manifest.productVersion}), before ${error.table}.${error.column}. Restore it with that release into an empty database, then upgrade.`;
    return new AppError("backup.older", { table: error.table, column: error.column }, text);
  }
  if (error instanceof AppError) return error;
  const unusable = toLockRefusal(error);
  if (unusable !== null) return unusable;
  const refusal = databaseRefusal(error);
  if (refusal !== "database.full" || databaseFile === null) return refusal === null ? error : new AppError(refusal);
  const text = `The disk of the SQLite file ${databaseFile} is full, so nothing was changed. Make room in ${dirname(databaseFile)}, and restore again.`;
  return new AppError(refusal, {}, text);
}
