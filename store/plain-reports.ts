import type { Database } from "./client.ts";
import type { QuerySource, SqlConnection, SqlParameter, SqlRow } from "./sql.ts";
import { openSqlConnection } from "./sql-connection.ts";

/**
 * Reads reports from a SQLite file over a connection of plain SQL, opened with the first report. A row of forty sums
 * through Prisma takes several times as long as the sums.
 */
export class PlainReports implements QuerySource {
  private opened: Promise<SqlConnection> | null = null;

  /** `db`: the client of the same file; this connection is closed with it. */
  constructor(
    private readonly url: string,
    db: Database,
  ) {
    const disconnect = db.$disconnect.bind(db);
    db.$disconnect = async () => {
      await Promise.all([disconnect(), this.close()]);
    };
  }

  async all(sql: string, values: readonly SqlParameter[] = []): Promise<SqlRow[]> {
    this.opened ??= this.open();
    return (await this.opened).all(sql, values);
  }

  private async open(): Promise<SqlConnection> {
    try {
      return await openSqlConnection(this.url);
    } catch (error) {
      // The next report tries again.
      this.opened = null;
      throw error;
    }
  }

  private async close(): Promise<void> {
    const { opened } = this;
    this.opened = null;
    await (await opened?.catch(() => null))?.close();
  }
}
