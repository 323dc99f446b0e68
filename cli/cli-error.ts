/**
 * Reason why a server or this machine's own database refused. It is the code, and the page that explains it where its
 * address is known.
 */
interface Reason {
  code: string;
  url: string | null;
}

/** An expected end: one human line, perhaps a hint, and an exit code. Never a stack. */
export class CliError extends Error {
  readonly code: number;
  readonly hint: string | null;
  /** Null for what the command line refuses itself: the exit code says it all. */
  readonly reason: Reason | null;

  constructor(code: number, message: string, hint: string | null = null, reason: Reason | null = null) {
    super(message);
    this.name = "CliError";
    this.code = code;
    this.hint = hint;
    this.reason = reason;
  }
}
