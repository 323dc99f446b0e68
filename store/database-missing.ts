/** `gone`: no file at the address. `replaced`: another file than the one that was opened. `empty`: a database without a single table of ours. */
type Missing = "gone" | "replaced" | "empty";

/**
 * The database that CCO has run with is not where it was. Never answered with a new one: that would have neither keys nor
 * people. `describeDatabaseFault` says what to do.
 */
export class DatabaseMissing extends Error {
  readonly code = DATABASE_MISSING;
  readonly missing: Missing;

  constructor(missing: Missing) {
    super(`The database is ${missing}.`);
    this.name = "DatabaseMissing";
    this.missing = missing;
  }
}

export const DATABASE_MISSING = "CCO_DATABASE_MISSING";
