import { existsSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "#core/errors.ts";
import { fileOfDatabase, isDataFolderInUse, machinesInUse } from "#store/data-folder-use.ts";
import { findUnseenUse } from "#store/database-lock.ts";
import { findDatabaseOpeners, findDatabaseUsers, takeDatabaseAlone } from "#store/database-use.ts";
import { LockUnusable } from "#store/file-lock.ts";
import type { SqlConnection } from "#store/sql.ts";
import type { ControlDeps } from "../deps.ts";

/** Gives a database that was taken alone back to those who wait for it. */
export type GiveBack = () => Promise<void>;

/** Takes the database for the restore alone. What has it open, or opens it meanwhile, would go on with what it knows. */
export async function takeAlone(connection: SqlConnection, deps: ControlDeps): Promise<GiveBack> {
  await requireStopped(connection, deps);
  const file = await fileOfDatabase(connection);
  if (file === null) return async () => {};
  // What is seen is named first: its end is what a person has to bring about.
  const seen = findDatabaseOpeners(file);
  if (seen.length > 0) throw inUse(describeUsers(file, seen));
  const unseen = findUnseenUse(file);
  if (unseen !== null) throw notSeen(unseen);
  const giveBack = await takeDatabaseAlone(file);
  if (giveBack === null) throw inUse(describeUsers(file));
  return giveBack;
}

const notSeen = (unseen: string): AppError =>
  new AppError(
    "backup.in-use",
    { reason: unseen },
    `It cannot be seen whether CCO runs with this database. ${unseen} Nothing was changed.`,
  );

/** Builds the refusal where a lock cannot be asked for, with the file and the fix. Null: another error. */
export const toLockRefusal = (error: unknown): AppError | null =>
  error instanceof LockUnusable ? notSeen(formatObstacle(error)) : null;

const formatObstacle = ({ fault: { text, fix } }: LockUnusable): string => `${text}. To set it right: ${fix}.`;

/** Why a restore would be refused now, and the fix; null where CCO is stopped. */
export async function findUse(connection: SqlConnection, deps: ControlDeps): Promise<string | null> {
  try {
    const running = await findRunning(connection, deps);
    if (running !== null) return `${running} Stop it first.`;
    const file = await fileOfDatabase(connection);
    return file === null ? null : await findOpen(file);
  } catch (error) {
    if (error instanceof LockUnusable) return formatObstacle(error);
    throw error;
  }
}

async function findOpen(file: string): Promise<string | null> {
  const seen = findDatabaseOpeners(file);
  if (seen.length > 0) return `${describeUsers(file, seen)} Stop it first.`;
  const unseen = findUnseenUse(file);
  if (unseen !== null) return unseen;
  const giveBack = await takeDatabaseAlone(file);
  if (giveBack === null) return `${describeUsers(file)} Stop it first.`;
  await giveBack();
  return null;
}

function describeUsers(file: string, pids: readonly number[] = findDatabaseUsers(file)): string {
  if (pids.length === 0) return `Another process has ${file} open.`;
  const [noun, verb] = pids.length === 1 ? ["Process", "has"] : ["Processes", "have"];
  return `${noun} ${pids.join(", ")} of this machine ${verb} ${file} open.`;
}

/**
 * Whether a proxy runs with this database. That is one on this data folder, or on the one in which the database's file
 * lies. It may also be one that has reported to the database, from another machine or another data folder.
 */
async function findRunning(connection: SqlConnection, { config, sharedNow }: ControlDeps): Promise<string | null> {
  const dataDir = existsSync(config.dataDir) ? realpathSync(config.dataDir) : config.dataDir;
  const file = await fileOfDatabase(connection);
  const ofFile = file === null ? null : dirname(file);
  for (const folder of new Set([dataDir, ...(ofFile === null ? [] : [ofFile])]))
    if (await isDataFolderInUse(folder)) return `It runs on the data folder ${folder}.`;
  // Where the locks of the data folder can be tried they know better than reports, which a killed proxy leaves.
  if (ofFile === dataDir) return null;
  const machines = await machinesInUse(connection, await sharedNow());
  return machines.length === 0 ? null : `It reported from ${machines.join(", ")} in the last half minute.`;
}

/** Throws `backup.in-use` where a proxy runs with this database. */
export async function requireStopped(connection: SqlConnection, deps: ControlDeps): Promise<void> {
  const use = await findRunning(connection, deps);
  if (use !== null) throw inUse(use);
}

/** Builds the refusal of a restore of a database in use. */
export const inUse = (reason: string): AppError =>
  new AppError("backup.in-use", { reason }, `CCO is running with this database. ${reason} Stop it, then restore.`);
