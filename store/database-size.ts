import { statSync } from "node:fs";
import { queryRows, type SqlSource, toNumber, toText } from "./raw.ts";
import type { SqlConnection } from "./sql.ts";

export interface DatabaseSize {
  /** On the disk: of SQLite the file and its log. */
  bytes: number;
  /** Part of it that holds nothing and can be given back; null where only the server knows. */
  freeBytes: number | null;
  /** Whether free parts can be given back without building the file again; always true on PostgreSQL, which uses them again. */
  canShrink: boolean;
}

/** Pages that one step gives back: two megabytes. */
const PAGES_AT_ONCE = 500;

/** Reads how large the database is. */
export async function readDatabaseSize(source: SqlSource, kind: "sqlite" | "postgresql"): Promise<DatabaseSize> {
  if (kind === "postgresql") {
    const [row] = await queryRows(source, "SELECT pg_database_size(current_database()) AS bytes");
    return { bytes: toNumber(row?.bytes), freeBytes: null, canShrink: true };
  }
  const [row] = await queryRows(
    source,
    `SELECT (SELECT page_size FROM pragma_page_size) * (SELECT freelist_count FROM pragma_freelist_count) AS free,
       (SELECT auto_vacuum FROM pragma_auto_vacuum) AS auto_vacuum,
       (SELECT file FROM pragma_database_list WHERE name = 'main') AS file`,
  );
  const file = toText(row?.file);
  const readSize = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const bytes = readSize(file) + readSize(`${file}-wal`);
  return { bytes, freeBytes: toNumber(row?.free), canShrink: toNumber(row?.auto_vacuum) === INCREMENTAL };
}

const INCREMENTAL = 2;

/**
 * Gives two megabytes of free pages back to the disk, in one short transaction. Returns whether there is more. Does nothing on
 * PostgreSQL, and where the file was not made for it.
 */
export async function shrinkStep(connection: SqlConnection): Promise<boolean> {
  if (connection.dialect === "postgresql") return false;
  const { freeBytes, canShrink } = await readDatabaseSize(connection, "sqlite");
  if (!canShrink || freeBytes === null || freeBytes === 0) return false;
  await connection.script(`PRAGMA incremental_vacuum(${PAGES_AT_ONCE})`);
  return true;
}

/**
 * Writes the log of SQLite into the file, as far as no reader needs it. Only then does the file become smaller. Empties
 * the log where nothing is in the way at this moment, so that the disk has its room too. Waits for no reader and no
 * writer.
 */
export async function settleLog(connection: SqlConnection): Promise<void> {
  if (connection.dialect !== "sqlite") return;
  await connection.all("PRAGMA wal_checkpoint(PASSIVE)");
  const [row] = await connection.all("PRAGMA busy_timeout");
  try {
    await connection.all("PRAGMA busy_timeout=0");
    await connection.all("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    await connection.all(`PRAGMA busy_timeout=${toNumber(row?.timeout)}`);
  }
}

/**
 * Builds the SQLite file again without free pages, and so that later ones can be given back in steps. Readers go on; writers
 * wait until it is done, and it needs as much room again on the disk.
 */
export async function rebuildFile(connection: SqlConnection): Promise<void> {
  if (connection.dialect === "postgresql") return;
  await connection.script("PRAGMA auto_vacuum=INCREMENTAL; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
}
