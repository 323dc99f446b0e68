/** An expected end: one human line, perhaps a hint, and a code. Never a stack. */
export class CliError extends Error {
  readonly code: number;
  readonly hint: string | null;

  constructor(code: number, message: string, hint: string | null = null) {
    super(message);
    this.name = "CliError";
    this.code = code;
    this.hint = hint;
  }
}
