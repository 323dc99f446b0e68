import { createHash } from "node:crypto";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { isRole } from "#core/access/roles.ts";
import { AppError } from "#core/errors.ts";
import { type BackupRow, EVENT_TABLE } from "#store/backup-tables.ts";
import { damaged, endsEarly, readArchive, STOP } from "./archive.ts";
import {
  type BackupHead,
  type BackupManifest,
  backupFile,
  listTables,
  newer,
  parseHead,
  parseManifest,
  tableOfFile,
} from "./format.ts";
import type { ArchiveSource } from "./storage.ts";

export interface VerifiedBackup {
  manifest: BackupManifest;
  manifestHash: string;
  /** Text of the rules file as it was; null where there was none. */
  rules: string | null;
  prices: string | null;
  /** False: people are in it, and none of them is an owner who may sign in. */
  hasOwner: boolean;
}

/**
 * Reads the whole archive and proves that it is what was written. It proves each file, the manifest, that every table
 * is there and how many rows it has. Each role must be one of this release. Throws `backup.foreign`, `backup.damaged`
 * or `backup.newer`.
 */
export function verifyBackup(actor: Actor, file: string | ArchiveSource): Promise<VerifiedBackup> {
  requirePermission(actor, "backup.make");
  return readBackup(file, async () => {});
}

/**
 * The same, and hands over the rows of each table on the way. They are proven only when this resolves: use them in a
 * transaction that a rejection rolls back. Throws as `verifyBackup`.
 */
export async function readBackup(
  file: string | ArchiveSource,
  onRows: (table: string, rows: readonly BackupRow[]) => Promise<void>,
): Promise<VerifiedBackup> {
  const check = new ArchiveCheck(onRows);
  await readArchive(file, (name, bytes) => check.read(name, bytes));
  return check.result();
}

/** Reads only what an archive says of itself. Throws as `verifyBackup`. */
export async function readHead(file: string | ArchiveSource): Promise<BackupHead> {
  const heads: BackupHead[] = [];
  await readArchive(file, (name, bytes) => {
    if (name !== backupFile.head) throw new AppError("backup.foreign");
    heads.push(parseHead(bytes));
    return STOP;
  });
  const [head] = heads;
  if (head === undefined) throw new AppError("backup.foreign");
  return head;
}

/** What was read of an archive so far. */
class ArchiveCheck {
  private head: BackupHead | null = null;
  private manifest: BackupManifest | null = null;
  private manifestHash = "";
  private isProven = false;
  private rules: string | null = null;
  private prices: string | null = null;
  private people = 0;
  private owners = 0;
  private readonly seen: BackupManifest["files"] = [];
  private readonly rows: Record<string, number> = {};

  constructor(private readonly onRows: (table: string, rows: readonly BackupRow[]) => Promise<void>) {}

  async read(name: string, bytes: Buffer): Promise<void> {
    const hash = createHash("sha256").update(bytes).digest("hex");
    if (this.head === null) {
      if (name !== backupFile.head) throw new AppError("backup.foreign");
      this.head = parseHead(bytes);
    } else if (name === backupFile.manifest) {
      this.manifest = parseManifest(bytes);
      this.manifestHash = hash;
      return;
    } else if (name === backupFile.manifestHash) {
      if (!bytes.toString("utf8").startsWith(`${this.manifestHash} `))
        throw damaged("its manifest does not have the checksum it had when it was written");
      this.isProven = this.manifest !== null;
      return;
    } else if (name === backupFile.rules) this.rules = bytes.toString("utf8");
    else if (name === backupFile.prices) this.prices = bytes.toString("utf8");
    else await this.readTable(name, bytes, this.head);
    this.seen.push({ name, bytes: bytes.length, sha256: hash });
  }

  private async readTable(name: string, bytes: Buffer, head: BackupHead): Promise<void> {
    const table = tableOfFile(name);
    if (table === null) {
      if (/^tables\/\w+(\.\d+)?\.ndjson$/.test(name)) throw newer(head.productVersion);
      throw damaged(`it holds a file that is none of a backup's (${name.slice(0, 80)})`);
    }
    const rows = parseRows(bytes, name);
    this.rows[table] = (this.rows[table] ?? 0) + rows.length;
    this.readRoles(table, rows);
    if (rows.length > 0) await this.onRows(table, rows);
  }

  /** A role that this release does not know would be a person without any permission, or with more than meant. */
  private readRoles(table: string, rows: readonly BackupRow[]): void {
    if (table !== "person" && table !== "one_time_link") return;
    for (const { role, disabled_at } of rows) {
      if (role !== null && role !== undefined && !isRole(role)) throw damaged(`its ${table} holds a role that is none`);
      if (table !== "person") continue;
      this.people++;
      if (role === "owner" && (disabled_at ?? null) === null) this.owners++;
    }
  }

  /** What was read, once all of it is proven. */
  result(): VerifiedBackup {
    const { manifest, manifestHash, rules, prices } = this;
    if (this.head === null) throw new AppError("backup.foreign");
    if (manifest === null || !this.isProven) throw endsEarly();
    this.requireHead(this.head, manifest);
    this.requireFiles(manifest);
    this.requireRows(manifest);
    return { manifest, manifestHash, rules, prices, hasOwner: this.owners > 0 || this.people === 0 };
  }

  /** The manifest says the same of the archive as its first file, which is read alone where archives are listed. */
  private requireHead(head: BackupHead, manifest: BackupManifest): void {
    for (const [name, value] of Object.entries(head))
      if (manifest[name as keyof BackupHead] !== value)
        throw damaged(`its manifest has another ${name} than its first file`);
  }

  private requireFiles({ files }: BackupManifest): void {
    const listed = new Map(files.map((entry) => [entry.name, entry]));
    for (const { name, bytes, sha256 } of this.seen) {
      const entry = listed.get(name);
      if (entry === undefined || !listed.delete(name)) throw damaged(`${name} is not in its manifest`);
      if (entry.sha256 !== sha256 || entry.bytes !== bytes) throw damaged(`${name} is not what was written`);
    }
    const [missing] = listed.keys();
    if (missing !== undefined) throw damaged(`${missing} is missing`);
  }

  private requireRows(manifest: BackupManifest): void {
    for (const table of new Set([...Object.keys(manifest.rows), ...Object.keys(this.rows)]))
      if (this.rows[table] !== manifest.rows[table]) throw damaged(`${table} does not have the number of rows it had`);
    const missing = listTables(manifest).find((table) => this.rows[table] === undefined);
    if (missing !== undefined) throw damaged(`its ${missing} is missing`);
    if (!manifest.hasEvents && this.rows[EVENT_TABLE.name] !== undefined)
      throw damaged("it holds events, but its first file says that it holds none");
  }
}

function parseRows(bytes: Buffer, name: string): BackupRow[] {
  if (bytes.length === 0) return [];
  try {
    const rows: unknown = JSON.parse(`[${bytes.toString("utf8").trimEnd().replaceAll("\n", ",")}]`);
    if (Array.isArray(rows) && rows.every((row) => typeof row === "object" && row !== null)) return rows as BackupRow[];
  } catch {
    // Said below, without what it held.
  }
  throw damaged(`${name} is not what was written`);
}
