import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { readModelsText } from "#config/models-toml.ts";
import { readRulesFile } from "#config/rules-file.ts";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { readForBackup } from "#store/backup-read.ts";
import type { SqlConnection } from "#store/sql.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { folderProblem } from "../folder-problem.ts";
import { mutate } from "../mutate.ts";
import { type AddFile, writeArchive } from "./archive.ts";
import { type Deletion, deleteOldest } from "./delete-oldest.ts";
import {
  BACKUP_FORMAT,
  type BackupHead,
  type BackupKind,
  type BackupManifest,
  backupFile,
  backupName,
  NOT_INCLUDED,
} from "./format.ts";

/** A part of a table ends behind this size: small enough to be read as a whole. */
const PART_BYTES = 4 * 1024 * 1024;

export interface MadeBackup extends Deletion {
  file: string;
  bytes: number;
  /** SHA-256 of the manifest: kept elsewhere, it proves later that nothing in the archive was changed. */
  manifestHash: string;
  manifest: BackupManifest;
}

interface BackupOptions {
  folder: string;
  /** Whether every recorded request is in it, not only the sums. */
  hasEvents: boolean;
  /** Maximum number of regular archives in the folder; null deletes none. */
  keep: number | null;
  kind?: BackupKind;
  /** Release of this program. */
  productVersion: string;
}

/**
 * Makes one archive of one moment of the database, with an audit entry. It is there whole under its name, or not at all.
 * Writers go on meanwhile. Throws `backup.unwritable` where the folder takes no file. Older archives are deleted last: that
 * one of them cannot be deleted is part of the result, for the new one is there.
 */
export async function makeBackup(
  actor: Actor,
  options: BackupOptions,
  { connection }: { connection: SqlConnection },
  deps: ControlDeps,
): Promise<MadeBackup> {
  requirePermission(actor, "backup.make");
  const { folder, hasEvents, kind = "regular" } = options;
  const temporary = join(folder, `.cco-backup-${randomBytes(6).toString("hex")}.tmp`);
  let name: TakenName | null = null;
  let made: Omit<MadeBackup, keyof Deletion>;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const written = await writeParts(temporary, options, connection, deps);
    name = await takeName(folder, kind, new Date(written.manifest.createdAt));
    const { file } = name;
    const { size: bytes } = await stat(temporary);
    const after = { file: basename(file), bytes, hasEvents, manifestHash: written.manifestHash };
    // Before it has its name: no archive without its entry.
    await mutate(actor, deps, (tx, at) => recordAudit(tx, actor, { action: "backup.make", after }, at));
    await rename(temporary, file);
    made = { file, bytes, ...written };
  } catch (error) {
    throw unwritable(error, folder) ?? error;
  } finally {
    for (const left of [temporary, ...(name === null ? [] : [name.mark])])
      await rm(left, { force: true }).catch(() => {});
  }
  // From here on the archive is there: nothing below fails the backup.
  await syncFolder(folder);
  if (options.keep === null) return { ...made, deleted: [], notDeleted: [] };
  return { ...made, ...(await deleteOldest(folder, options.keep, basename(made.file))) };
}

/** Writes all files; the manifest holds what was written before it. */
async function writeParts(
  file: string,
  { hasEvents, productVersion }: BackupOptions,
  connection: SqlConnection,
  { config, now }: ControlDeps,
): Promise<{ manifest: BackupManifest; manifestHash: string }> {
  let manifest: BackupManifest | null = null;
  let manifestHash = "";
  await writeArchive(file, async (add) => {
    const files: BackupManifest["files"] = [];
    const addListed: AddFile = async (name, bytes) => {
      files.push({ name, bytes: bytes.length, sha256: sha256(bytes) });
      await add(name, bytes);
    };
    const at = now();
    let head: BackupHead | null = null;
    const tables = new TableParts(addListed);
    await readForBackup(connection, {
      hasEvents,
      at,
      onBegin: async ({ migration }) => {
        head = {
          format: "cco-backup",
          formatVersion: BACKUP_FORMAT,
          productVersion,
          provider: connection.dialect,
          createdAt: at.toISOString(),
          migration,
          hasEvents,
        };
        await addListed(backupFile.head, jsonOf(head));
      },
      onRows: (table, rows) => tables.add(table, rows),
    });
    await tables.flush();
    const rules = readRulesFile(config.rulesFile);
    if (rules.kind === "found") await addListed(backupFile.rules, Buffer.from(rules.text));
    const prices = readModelsText(config.modelsFile ?? undefined);
    if (prices !== null) await addListed(backupFile.prices, Buffer.from(prices));
    manifest = { ...(head as unknown as BackupHead), rows: tables.rows, files, notIncluded: NOT_INCLUDED };
    const bytes = jsonOf(manifest);
    manifestHash = sha256(bytes);
    await add(backupFile.manifest, bytes);
    await add(backupFile.manifestHash, Buffer.from(`${manifestHash}  ${backupFile.manifest}\n`));
  });
  return { manifest: manifest as unknown as BackupManifest, manifestHash };
}

/** Collects the rows of one table after the other into files of bounded size. */
class TableParts {
  readonly rows: Record<string, number> = {};
  private table: string | null = null;
  private part = 0;
  private lines: string[] = [];
  private size = 0;

  constructor(private readonly addFile: AddFile) {}

  async add(table: string, rows: readonly object[]): Promise<void> {
    if (table !== this.table) {
      await this.flush();
      this.table = table;
      this.part = 0;
    }
    this.rows[table] = (this.rows[table] ?? 0) + rows.length;
    for (const row of rows) {
      const line = `${JSON.stringify(row)}\n`;
      this.lines.push(line);
      this.size += line.length;
      if (this.size >= PART_BYTES) await this.flush();
    }
  }

  /** Adds what was collected; a table without rows has one empty file. */
  async flush(): Promise<void> {
    if (this.table === null || (this.part > 0 && this.lines.length === 0)) return;
    this.part += 1;
    const bytes = Buffer.from(this.lines.join(""));
    this.lines = [];
    this.size = 0;
    await this.addFile(backupFile.table(this.table, this.part), bytes);
  }
}

const jsonOf = (value: object): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** A name that only this process gives to an archive until it removes the mark. */
interface TakenName {
  file: string;
  mark: string;
}

/**
 * Takes the first name of an instant that is free. The mark is made before the look: of two that ask at once, also on two
 * machines, one finds the mark or the archive of the other.
 */
async function takeName(folder: string, kind: BackupKind, at: Date): Promise<TakenName> {
  for (let number = 1; ; number++) {
    const name = backupName(kind, at, number);
    const mark = join(folder, `.${name}.taken`);
    const handle = await open(mark, "wx", 0o600).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return null;
      throw error;
    });
    if (handle === null) continue;
    await handle.close();
    if (!existsSync(join(folder, name))) return { file: join(folder, name), mark };
    await rm(mark, { force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Some file systems sync no folders; there the rename is as durable as they make it.
  const handle = await open(folder, "r").catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close().catch(() => {});
}

/** The refusal for an error of the file system; null for every other error. */
function unwritable(error: unknown, folder: string): AppError | null {
  const problem = folderProblem(error);
  if (problem === null) return null;
  const { reason, because, fix } = problem;
  return new AppError(
    "backup.unwritable",
    { reason },
    `The backup could not be written: the folder ${folder} ${because}. ${fix}, or choose another one. Nothing was left of it.`,
  );
}
