import * as z from "zod";
import { AppError } from "#core/errors.ts";
import { BACKUP_TABLES, COUNTED_TABLE, EVENT_TABLE } from "#store/backup-tables.ts";
import { newestMigration, tablesUpTo } from "#store/migration-files.ts";
import { damaged } from "./archive.ts";

/** Raised when a release before this one could misread an archive. */
export const BACKUP_FORMAT = 1;

/** Files of an archive, in the order in which they are written. The checksums of all others stand in the manifest. */
export const backupFile = {
  head: "backup.json",
  rules: "rules/model-overrides.toml",
  prices: "prices/models.toml",
  manifest: "manifest.json",
  manifestHash: "manifest.sha256",
  /** A large table has several parts; the first one is number 1. */
  table: (table: string, part: number): string => `tables/${table}${part === 1 ? "" : `.${part}`}.ndjson`,
} as const;

/** Returns the table whose rows a file of the archive holds; null where it is no table of this release. */
export function tableOfFile(name: string): string | null {
  const table = /^tables\/(\w+)(?:\.\d+)?\.ndjson$/.exec(name)?.[1];
  const known = [...BACKUP_TABLES, COUNTED_TABLE, EVENT_TABLE];
  return known.some((one) => one.name === table) ? (table ?? null) : null;
}

/** Tables that an archive holds, with a file and a number of rows each: those that its database had. */
export function listTables({ migration, hasEvents }: BackupHead): string[] {
  const there = tablesUpTo(migration);
  const all = [...BACKUP_TABLES, COUNTED_TABLE, ...(hasEvents ? [EVENT_TABLE] : [])];
  return all.map(({ name }) => name).filter((name) => there.has(name));
}

const counts = z.record(z.string(), z.int().nonnegative());

/** First file of an archive: what it is, before any of it is read. */
const backupHead = z.object({
  format: z.literal("cco-backup"),
  formatVersion: z.int().positive(),
  productVersion: z.string(),
  /** Database it was made from; it can be restored into either. */
  provider: z.enum(["sqlite", "postgresql"]),
  createdAt: z.iso.datetime(),
  /** Newest migration of that database. */
  migration: z.string(),
  hasEvents: z.boolean(),
});

export type BackupHead = z.infer<typeof backupHead>;

/** Last file but one: everything that the archive holds. */
const backupManifest = backupHead.extend({
  /** Rows of each table. */
  rows: counts,
  files: z.array(z.object({ name: z.string(), bytes: z.int().nonnegative(), sha256: z.string().length(64) })),
  notIncluded: z.string(),
});

export type BackupManifest = z.infer<typeof backupManifest>;

/** What an archive leaves out on purpose, in words for the person who opens it. */
export const NOT_INCLUDED =
  "Secrets of the environment and of the data folder (NEXTAUTH_SECRET or session-secret, the provider's key, the identity provider's secret): keep them apart. Sign-in sessions, and records that wait in the spool.";

/** Reads the head; throws `backup.foreign`, or `backup.newer` for a format or a migration that this release does not know. */
export function parseHead(bytes: Buffer): BackupHead {
  const value = parseJson(bytes);
  const named = z.object({ format: z.literal("cco-backup"), formatVersion: z.int(), productVersion: z.string() });
  const about = named.safeParse(value);
  if (!about.success) throw new AppError("backup.foreign");
  if (about.data.formatVersion > BACKUP_FORMAT) throw newer(about.data.productVersion);
  const head = backupHead.safeParse(value);
  if (!head.success) throw damaged("its first file cannot be read");
  if (head.data.migration > newestMigration()) throw newer(about.data.productVersion);
  return head.data;
}

export function parseManifest(bytes: Buffer): BackupManifest {
  const manifest = backupManifest.safeParse(parseJson(bytes));
  if (!manifest.success) throw damaged("its manifest cannot be read");
  return manifest.data;
}

export const newer = (productVersion: string): AppError =>
  new AppError(
    "backup.newer",
    { productVersion },
    `This backup was made by a newer CCO (${productVersion}). Install that release, then restore it.`,
  );

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return null;
  }
}
