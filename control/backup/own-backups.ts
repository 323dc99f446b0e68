import { basename } from "node:path";
import * as z from "zod";
import { packageVersion } from "#config/package-version.ts";
import type { Actor } from "#core/access/actor.ts";
import { may, requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { type RestoredRow, restoredRows } from "#core/report/lost-by-restore.ts";
import { quoteForShell } from "#core/shell-word.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { type ListedBackup, listBackups } from "./list.ts";
import { makeBackup } from "./make.ts";
import { openOwnStorage } from "./open-storage.ts";
import { previewRestore } from "./preview.ts";
import type { ArchiveSource } from "./storage.ts";
import { verifyBackup } from "./verify.ts";

/** Larger archives hold every event: reading one whole would keep the console busy for minutes. */
const READ_BYTES_MAX = 256 * 1024 * 1024;

export interface BackupView {
  name: string;
  /** `safety`: made by a restore of what it replaced. */
  kind: ListedBackup["kind"];
  bytes: number;
  /** Null where the archive cannot be read, for the reason in `problem`. */
  createdAt: string | null;
  productVersion: string | null;
  hasEvents: boolean;
  problem: string | null;
}

export interface BackupsView {
  /** Folder on the machine that the console runs on, or the address of a bucket. */
  folder: string;
  isRemote: boolean;
  /** Hours between scheduled backups; 0: none is scheduled. */
  everyHours: number;
  keep: number;
  mayRestore: boolean;
  backups: BackupView[];
}

/** What a restore would change, for people who read it before they stop CCO. */
export interface RestorePreviewView {
  createdAt: string;
  productVersion: string;
  hasEvents: boolean;
  /** Rows of the tables that people know, now and in the backup. */
  rows: RestoredRow[];
  requests: { now: number; archived: number };
  lost: { auditEntries: number; ruleVersions: number[] };
  hasOtherPrices: boolean;
  hasOwner: boolean;
  /** Carries it out, with CCO stopped. */
  command: string;
}

/** Lists the installation's backups, newest first. Throws as `listBackups`. */
export async function listOwnBackups(actor: Actor, deps: ControlDeps): Promise<BackupsView> {
  const place = openOwnStorage(deps.config);
  const listed = await listBackups(actor, place);
  const { everyHours, keep } = deps.config.backups;
  const backups = listed.map(({ name, kind, bytes, head, problem }) => ({
    name,
    kind,
    bytes,
    createdAt: head?.createdAt ?? null,
    productVersion: head?.productVersion ?? null,
    hasEvents: head?.hasEvents ?? false,
    problem: problem === null ? null : new AppError(problem).publicText,
  }));
  return {
    folder: place.name,
    isRemote: place.isRemote,
    everyHours,
    keep,
    mayRestore: may(actor, "backup.restore"),
    backups,
  };
}

const makeInput = z.strictObject({});

/** Makes a backup of the totals, without single events: seconds of work. Throws as `makeBackup`. */
export async function makeOwnBackup(actor: Actor, input: unknown, deps: ControlDeps): Promise<{ name: string }> {
  requirePermission(actor, "backup.make");
  parseInput(makeInput, input);
  const place = openOwnStorage(deps.config);
  const connection = await deps.openSql();
  try {
    const options = { place, hasEvents: false, keep: null, productVersion: packageVersion() };
    const { file } = await makeBackup(actor, options, { connection }, deps);
    return { name: basename(file) };
  } finally {
    await connection.close();
  }
}

/** Reads a backup whole and proves that it is what was written. Throws as `verifyBackup`, and `not-found`. */
export async function verifyOwnBackup(
  actor: Actor,
  name: string,
  deps: ControlDeps,
): Promise<{ manifestHash: string; files: number }> {
  const file = await findReadable(actor, name, deps);
  const { manifest, manifestHash } = await verifyBackup(actor, file);
  return { manifestHash, files: manifest.files.length };
}

/** Says what a restore would change. Throws as `verifyOwnBackup`. */
export async function previewOwnRestore(actor: Actor, name: string, deps: ControlDeps): Promise<RestorePreviewView> {
  requirePermission(actor, "backup.restore");
  const file = await findReadable(actor, name, deps);
  const connection = await deps.openSql();
  try {
    const { backup, archived, now, lost, hasOtherPrices } = await previewRestore(actor, file, { connection, deps });
    const { createdAt, productVersion, hasEvents } = backup.manifest;
    const rows = restoredRows(now?.rows ?? {}, archived.rows);
    const requests = { now: now?.requests ?? 0, archived: archived.requests };
    return {
      createdAt,
      productVersion,
      hasEvents,
      rows,
      requests,
      lost,
      hasOtherPrices,
      hasOwner: backup.hasOwner,
      command: `cco restore ${quoteForShell(file.name)} --yes`,
    };
  } finally {
    await connection.close();
  }
}

/** Opens a backup for a download, which is audited: it holds hashed passwords and keys. Throws `not-found`. */
export async function readOwnBackup(
  actor: Actor,
  name: string,
  deps: ControlDeps,
): Promise<{ bytes: number; stream: AsyncIterable<Uint8Array> }> {
  requirePermission(actor, "backup.restore");
  const { bytes } = await find(actor, name, deps);
  const source = openOwnStorage(deps.config).source(name);
  const stream = await source.open().catch((error: unknown) => {
    throw source.toRefusal(error) ?? error;
  });
  await mutate(actor, deps, (tx, at) =>
    recordAudit(tx, actor, { action: "backup.download", after: { file: name } }, at),
  );
  return { bytes, stream };
}

/** By the list of the folder, so that no name leads out of it. */
async function find(actor: Actor, name: string, deps: ControlDeps): Promise<ListedBackup> {
  const found = (await listBackups(actor, openOwnStorage(deps.config))).find((one) => one.name === name);
  if (found === undefined) throw new AppError("not-found", {}, "There is no such backup in the folder of backups.");
  return found;
}

async function findReadable(actor: Actor, name: string, deps: ControlDeps): Promise<ArchiveSource> {
  const { bytes } = await find(actor, name, deps);
  const file = openOwnStorage(deps.config).source(name);
  if (bytes <= READ_BYTES_MAX) return file;
  const named = quoteForShell(file.name);
  const text = `This backup is too large to be read here. On the machine: cco backup verify ${named}, or cco restore ${named} for the preview.`;
  throw new AppError("request.too-large", {}, text);
}
