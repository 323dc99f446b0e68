import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient as PostgresqlClient } from "./generated/postgresql/client.ts";
import { PrismaClient } from "./generated/sqlite/client.ts";

/** The database, whichever it is. Typed as the SQLite client, whose API both have in common. */
export type Database = PrismaClient;

/** How long a statement waits for another process's write lock before it fails. */
const busyTimeoutMs = 5_000;

export const isPostgresql = (url: string): boolean => /^postgres(ql)?:\/\//.test(url);

/** Opens the database named by `DATABASE_URL` (`file:…` or `postgresql://…`). Does not migrate it. */
export async function openDatabase(url: string): Promise<Database> {
  if (isPostgresql(url)) {
    const client = new PostgresqlClient({ adapter: new PrismaPg({ connectionString: url }) });
    return client as unknown as Database;
  }
  return new PrismaClient({ adapter: new PrismaLibSql({ url, timeout: busyTimeoutMs, intMode: "bigint" }) });
}
