import { PrismaLibSql } from "@prisma/adapter-libsql";
import { databaseKind, prepareSqliteFile } from "./database-url.ts";
import type { Prisma } from "./generated/sqlite/client.ts";
import { PrismaClient } from "./generated/sqlite/client.ts";
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
}

/** Opens the database of an address. Creates nothing but the SQLite file itself: see `migrateDatabase`. */
export async function openDatabase(url: string, { timeoutMs = 5000 }: OpenOptions = {}): Promise<Database> {
  // Prisma aborts a transaction that waits longer for the one before it than `maxWait`: fifty people at once must
  // queue.
  const transactionOptions = { maxWait: timeoutMs * 2, timeout: timeoutMs * 3 };
  if (databaseKind(url) === "sqlite") {
    prepareSqliteFile(url);
    // `timeout` here is the only busy timeout that lasts: a PRAGMA is lost with the connection after each
    // transaction.
    const adapter = new PrismaLibSql({ url, timeout: timeoutMs, intMode: "bigint" });
    const client = new PrismaClient({ adapter, transactionOptions });
    await switchToWal((sql) => client.$queryRawUnsafe(sql), timeoutMs);
    return client;
  }
  // Loaded on demand: most installations never need them.
  const { PrismaPg } = await import("@prisma/adapter-pg");
  const generated = await import("./generated/postgresql/client.ts");
  const adapter = new PrismaPg({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: 30_000, // a hanging server sends nothing, not even an error
    keepAlive: true,
  });
  // The one cast of the code base: same schema text, so the same models, fields and arguments.
  return new generated.PrismaClient({ adapter, transactionOptions }) as unknown as Database;
}
