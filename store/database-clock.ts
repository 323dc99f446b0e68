import { queryRows, type SqlSource, toNumber } from "./raw.ts";
import type { SqlConnection } from "./sql.ts";

/**
 * Reads the clock of a PostgreSQL server, which every instance shares: epoch milliseconds. The clocks of the machines may
 * differ by minutes, and what one of them writes is judged by another.
 */
export async function readServerClock(source: SqlSource): Promise<number> {
  const [row] = await queryRows(source, "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint) AS at_ms");
  return toNumber(row?.at_ms);
}

/** Reads the clock that all users of a database share. A SQLite file is used on one machine, whose clock it is. */
export const readSharedClock = async (connection: SqlConnection): Promise<number> =>
  connection.dialect === "sqlite" ? Date.now() : readServerClock(connection);
