/** Prisma codes: the server cannot be reached, does not answer in time, or has closed the connection. */
const PRISMA_CODES = /^P(1001|1002|1008|1017)$/;
const LOST =
  /ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|Connection terminated|timeout exceeded|SQLITE_NOTADB|SQLITE_CORRUPT|file is not a database|disk image is malformed/;

/** Whether an error means that the database is unavailable, rather than any other failure. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = String((error as { code?: unknown }).code ?? "");
  return PRISMA_CODES.test(code) || LOST.test(`${code} ${error.message}`);
}
