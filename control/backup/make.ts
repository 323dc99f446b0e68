import { createHash } from "node:crypto";
import type { Writable } from "node:stream";
import { readModelsText } from "#config/models-toml.ts";
import { readRulesFile } from "#config/rules-file.ts";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { readForBackup } from "#store/backup-read.ts";
import { settingKey, writeSetting } from "#store/settings.ts";
import type { SqlConnection } from "#store/sql.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";
import { type AddFile, writeArchive } from "./archive.ts";
import { BACKUP_FORMAT, type BackupHead, type BackupManifest, backupFile, NOT_INCLUDED } from "./format.ts";
import type { BackupKind } from "./names.ts";
import type { ArchiveDraft, BackupStorage, Deletion } from "./storage.ts";
import { readBackup } from "./verify.ts";

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
  place: BackupStorage;
  /** Whether every recorded request is in it, not only the sums. */
  hasEvents: boolean;
  /** Maximum number of regular archives in the place; null deletes none. */
  keep: number | null;
  kind?: BackupKind;
  /** Release of this program. */
  productVersion: string;
}

/**
 * Makes one archive of one moment of the database, with an audit entry. It is there whole under its name, or not at all.
 * Writers go on meanwhile. Throws `backup.unwritable` where the place takes no archive. What travelled is read back before it
 * counts. Older archives are deleted last: that one of them cannot be deleted is part of the result, for the new one is there.
 */
export async function makeBackup(
  actor: Actor,
  options: BackupOptions,
  { connection }: { connection: SqlConnection },
  deps: ControlDeps,
): Promise<MadeBackup> {
  requirePermission(actor, "backup.make");
  const { place, hasEvents, kind = "regular" } = options;
  const startedAt = deps.now();
  let draft: ArchiveDraft | null = null;
  let made: Omit<MadeBackup, keyof Deletion>;
  let name: string;
  try {
    draft = await place.begin(kind, startedAt);
    const written = await writeParts(draft.sink, options, startedAt, connection, deps);
    const taken = await draft.takeName();
    name = taken.name;
    const { file, bytes } = taken;
    const after = { file: name, bytes, hasEvents, manifestHash: written.manifestHash };
    // Before it has its name: no archive without its entry.
    await mutate(actor, deps, (tx, at) => recordAudit(tx, actor, { action: "backup.make", after }, at));
    await draft.publish();
    made = { file, bytes, ...written };
  } catch (error) {
    throw place.unwritable(error) ?? error;
  } finally {
    await draft?.discard();
  }
  if (place.isRemote) await requireArrived(place, name, made);
  // From here on the archive is there: nothing below fails the backup.
  await noteMade(kind, startedAt, deps).catch(() => {});
  if (options.keep === null) return { ...made, deleted: [], notDeleted: [] };
  return { ...made, ...(await place.deleteOldest(options.keep, name)) };
}

/** What metrics, health and the command line say of the newest backup. What a restore keeps of before is none. */
async function noteMade(kind: BackupKind, at: Date, deps: ControlDeps): Promise<void> {
  if (kind === "regular") await writeSetting(deps.db, settingKey.backupLast, String(at.getTime()), at);
}

/** Reads back what was sent. Throws `backup.unwritable` where it is not what was written: no older archive goes for it. */
async function requireArrived(
  place: BackupStorage,
  name: string,
  { file, manifestHash }: Pick<MadeBackup, "file" | "manifestHash">,
): Promise<void> {
  const problem = await readBackup(place.source(name), async () => {}).then(
    (found) => (found.manifestHash === manifestHash ? null : "Another backup has its name now."),
    (error: unknown) => {
      if (error instanceof AppError) return error.publicText;
      throw error;
    },
  );
  if (problem === null) return;
  const text = `The backup was sent to ${file}, but what can be read there is not what was sent. ${problem} No older backup was deleted. Delete it there, then make another one.`;
  throw new AppError("backup.unwritable", { reason: "not-proven" }, text);
}

/** Writes all files; the manifest holds what was written before it. */
async function writeParts(
  sink: Writable,
  { hasEvents, productVersion }: BackupOptions,
  at: Date,
  connection: SqlConnection,
  { config }: ControlDeps,
): Promise<{ manifest: BackupManifest; manifestHash: string }> {
  let manifest: BackupManifest | null = null;
  let manifestHash = "";
  await writeArchive(sink, async (add) => {
    const files: BackupManifest["files"] = [];
    const addListed: AddFile = async (name, bytes) => {
      files.push({ name, bytes: bytes.length, sha256: sha256(bytes) });
      await add(name, bytes);
    };
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
        await addListed(backupFile.head, toJson(head));
      },
      onRows: (table, rows) => tables.add(table, rows),
    });
    await tables.flush();
    const rules = readRulesFile(config.rulesFile);
    if (rules.kind === "found") await addListed(backupFile.rules, Buffer.from(rules.text));
    const prices = readModelsText(config.modelsFile ?? undefined);
    if (prices !== null) await addListed(backupFile.prices, Buffer.from(prices));
    manifest = { ...(head as unknown as BackupHead), rows: tables.rows, files, notIncluded: NOT_INCLUDED };
    const bytes = toJson(manifest);
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

const toJson = (value: object): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
