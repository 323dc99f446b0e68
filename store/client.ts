import { _createClient } from "@libsql/client/sqlite3";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { databaseKind, sqliteFile } from "./database-url.ts";
import type { Prisma } from "./generated/sqlite/client.ts";
import { PrismaClient } from "./generated/sqlite/client.ts";
import { existingFileUri, rememberPlace } from "./sqlite-place.ts";
import { switchToWal } from "./sqlite-wal.ts";

/** Client inside a transaction; a `Database` is one too, so queries that need no transaction take either. */
export type Tx = Prisma.TransactionClient;

/**
 * Database client of either kind. Typed as the SQLite client, whose API is the subset of both; the schema text is the
 * same. Close it with `$disconnect()`.
 */
export type Database = PrismaClient;

interface OpenOptions {
  /** Maximum wait of a statement for another writer's lock (SQLite) or for a connection (PostgreSQL). */
  timeoutMs?: number;
  /** How long to wait for PostgreSQL to take a connection. As `timeoutMs`, unless given. */
  connectMs?: number;
}

/** What the driver makes of the address of a file, but for the path. */
const LOCAL_FILE = {
  scheme: "file" as const,
  tls: false,
  authority: undefined,
  authToken: undefined,
  encryptionKey: undefined,
  remoteEncryptionKey: undefined,
  syncUrl: undefined,
  syncInterval: undefined,
  readYourWrites: undefined,
  offline: undefined,
  fetch: undefined,
  concurrency: 20,
};

/**
 * Prisma's adapter over a file that exists. After each transaction the driver opens the file once more, and would make an empty
 * one where it was moved away meanwhile.
 */
class ExistingFile extends PrismaLibSql {
  constructor(private readonly opened: { file: string; url: string; timeout: number; intMode: "bigint" }) {
    super(opened);
  }

  override createClient() {
    const { file, timeout, intMode } = this.opened;
    // The public `createClient` takes no parameters of SQLite's in its address.
    return _createClient({ ...LOCAL_FILE, path: existingFileUri(file), timeout, intMode });
  }
}

/** Opens the database an address names, which must be there: see `migrateDatabase`. Throws `DatabaseMissing` without the file. */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Database> {
  const { timeoutMs = 5000, connectMs = timeoutMs } = options;
  // Prisma gives up on a transaction that waits longer for the one before it than `maxWait`: fifty people at once must queue.
  const transactionOptions = { maxWait: timeoutMs * 2, timeout: timeoutMs * 3 };
  if (databaseKind(url) === "sqlite") {
    const requireInPlace = rememberPlace(url);
    // `timeout` here is the only busy timeout that lasts: a PRAGMA is lost with the connection after each transaction.
    const adapter = new ExistingFile({ file: sqliteFile(url), url, timeout: timeoutMs, intMode: "bigint" });
    const client = new PrismaClient({ adapter, transactionOptions });
    await switchToWal((sql) => client.$queryRawUnsafe(sql), timeoutMs);
    requireInPlace();
    return client;
  }
  // Loaded on demand: most installations never need them.
  const { PrismaPg } = await import("@prisma/adapter-pg");
  const generated = await import("./generated/postgresql/client.ts");
  const adapter = new PrismaPg({
    connectionString: url,
    connectionTimeoutMillis: connectMs,
    query_timeout: 30_000, // a server that hangs answers nothing, not even "no"
    keepAlive: true,
  });
  // The one cast of the code base: same schema text, so the same models, fields and arguments.
  return new generated.PrismaClient({ adapter, transactionOptions }) as unknown as Database;
}
