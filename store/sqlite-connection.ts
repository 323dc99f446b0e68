import Libsql from "libsql";
import { sqliteFile } from "./database-url.ts";
import { noteDatabaseOpen } from "./database-use.ts";
import { existingFileUri, rememberFile } from "./same-file.ts";
import { type SqlConnection, type SqlParameter, type SqlRow, type SqlValue, transactionOn } from "./sql.ts";
import { switchToWal } from "./sqlite-wal.ts";

type Statement = ReturnType<InstanceType<typeof Libsql>["prepare"]>;

/** Bound of the statement cache, more than the ledger uses at one time; evicts the least recently used. */
const STATEMENTS_MAX = 64;

/**
 * SQLite by its driver, one connection for as long as it is held. `synchronous=FULL`, set once, is in force at every commit:
 * what was committed is on the disk, and the spool behind it may go. Statements are kept: preparing the insertion of events
 * again costs more than running it. The file must be there.
 */
export async function openSqlite(url: string, timeoutMs: number): Promise<SqlConnection> {
  const requireSameFile = rememberFile(url);
  const release = await noteDatabaseOpen(url, timeoutMs);
  const db = openFile(url, timeoutMs, release);
  const kept = new Map<string, Statement>();
  const all = async (sql: string, values: readonly SqlParameter[] = []): Promise<SqlRow[]> => {
    const statement = kept.get(sql) ?? db.prepare(sql);
    // Only a statement that succeeded is reused: after an error the driver may have left it half-way.
    kept.delete(sql);
    const rows = run(statement, values);
    kept.set(sql, statement);
    for (const oldest of kept.keys()) {
      if (kept.size <= STATEMENTS_MAX) break;
      kept.delete(oldest);
    }
    return rows;
  };
  try {
    requireSameFile();
    await switchToWal(all, timeoutMs);
    await all("PRAGMA synchronous=FULL");
    await all("PRAGMA cache_size=-16000"); // 16 MB: the indexes of many events do not fit the usual two
    // 16 MB of log before a checkpoint: pages of the indexes are written once for several batches.
    await all("PRAGMA wal_autocheckpoint=4000");
  } catch (error) {
    db.close();
    release();
    throw error;
  }
  return {
    dialect: "sqlite",
    all,
    script: async (sql) => void db.exec(sql),
    transaction: (work) => transactionOn(all, "BEGIN IMMEDIATE", work),
    snapshot: (work) => transactionOn(all, "BEGIN", work),
    requireSameFile,
    close: async () => {
      kept.clear();
      db.close();
      release();
    },
  };
}

function openFile(url: string, timeoutMs: number, release: () => void): InstanceType<typeof Libsql> {
  try {
    return new Libsql(existingFileUri(sqliteFile(url)), { timeout: timeoutMs });
  } catch (error) {
    release();
    throw error;
  }
}

function run(statement: Statement, values: readonly SqlParameter[]): SqlRow[] {
  if (!statement.reader) {
    statement.run(values);
    return [];
  }
  const rows = statement.raw(true).safeIntegers(true).all(values) as SqlValue[][];
  if (rows.length === 0) return [];
  const toRow = readRow(statement.columns().map((column) => column.name));
  return rows.map(toRow);
}

/** Columns of a statement, for each of which a function is compiled; a list of other columns is another one. */
const readers = new Map<string, (cells: SqlValue[]) => SqlRow>();
const READERS_MAX = 256;

/** A compiled literal: `Object.fromEntries` takes ten times as long, which is a sixth of a verification. */
function readRow(names: readonly string[]): (cells: SqlValue[]) => SqlRow {
  const key = JSON.stringify(names);
  let reader = readers.get(key);
  if (reader === undefined) {
    if (readers.size >= READERS_MAX) readers.clear();
    // A computed name is a name also where it is "__proto__".
    const members = names.map((name, at) => `[${JSON.stringify(name)}]: cells[${at}] ?? null`);
    reader = new Function("cells", `return {${members.join(", ")}};`) as (cells: SqlValue[]) => SqlRow;
    readers.set(key, reader);
  }
  return reader;
}
