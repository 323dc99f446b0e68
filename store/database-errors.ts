/**
 * Whether the database refused the data itself, so that a retry is useless. Everything else (locked, full, gone,
 * restarting) is temporary, and the same statement will succeed later.
 */
export function isDataError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  if (/^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(code) || error.message.includes("malformed JSON")) return true;
  // A month without its partition (no table has a check): the next try makes it.
  if (code === "23514") return false;
  return /^2[23]\w{3}$/.test(code); // PostgreSQL: "data exception", "integrity constraint violation"
}

/** Whether a row with this key exists already. */
export const isThereAlready = (error: unknown): boolean =>
  error instanceof Error &&
  "code" in error &&
  /^(SQLITE_CONSTRAINT_(PRIMARYKEY|UNIQUE)|23505)$/.test(String(error.code));

/** Whether another transaction held the lock for too long, or held one that waited for ours. */
export const isLockedOut = (error: unknown): boolean =>
  error instanceof Error && "code" in error && /^(SQLITE_BUSY|55P03|40P01)/.test(String(error.code));

/** Whether the text of an error says that the database's disk is full. PostgreSQL's code is `53100`. */
export const isDiskFull = (text: string): boolean =>
  /SQLITE_FULL|database or disk is full|\b53100\b|\bENOSPC\b|no space left on device/i.test(text);
