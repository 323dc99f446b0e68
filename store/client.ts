import { databaseKind } from "./database-url.ts";
import { noteDatabaseOpen } from "./database-use.ts";
import type { Prisma, PrismaClient } from "./generated/sqlite/client.ts";
import { rememberFile } from "./same-file.ts";
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

/**
 * Opens the database an address names, which must be there: see `migrateDatabase`. Throws `DatabaseMissing` without the
 * file.
 */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Database> {
  const { timeoutMs = 5000, connectMs = timeoutMs } = options;
  // Let fifty people at once queue. Prisma gives up on a transaction that waits longer than `maxWait` for the one
  // before it.
  const transactionOptions = { maxWait: timeoutMs * 2, timeout: timeoutMs * 3 };
  if (databaseKind(url) === "sqlite") {
    const requireSameFile = rememberFile(url);
    const release = await noteDatabaseOpen(url, timeoutMs);
    // Either client takes a third of a second to load: commands that open no database do without.
    const { makeSqliteClient } = await import("./sqlite-client.ts");
    const client = makeSqliteClient(url, timeoutMs, transactionOptions);
    const disconnect = client.$disconnect.bind(client);
    client.$disconnect = () => disconnect().finally(release);
    try {
      await switchToWal((sql) => client.$queryRawUnsafe(sql), timeoutMs);
      requireSameFile();
      return client;
    } catch (error) {
      await client.$disconnect();
      throw error;
    }
  }
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
