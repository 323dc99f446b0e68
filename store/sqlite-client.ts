import { _createClient } from "@libsql/client/sqlite3";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { sqliteFile } from "./database-url.ts";
import { PrismaClient } from "./generated/sqlite/client.ts";
import { existingFileUri } from "./same-file.ts";

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

/** Prisma's client of the SQLite file of an address. The file must be there. */
export function makeSqliteClient(
  url: string,
  timeoutMs: number,
  transactionOptions: { maxWait: number; timeout: number },
): PrismaClient {
  // `timeout` here is the only busy timeout that lasts: a PRAGMA is lost with the connection after each transaction.
  const adapter = new ExistingFile({ file: sqliteFile(url), url, timeout: timeoutMs, intMode: "bigint" });
  return new PrismaClient({ adapter, transactionOptions });
}
