/** What the shell is told. Unit files stop restarting on 2, 3 and 4: a person must act first. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  invalidConfig: 3,
  notAllowed: 4,
  conflict: 5,
  unreachable: 6,
  databaseUnusable: 69,
  crash: 70,
  cannotCreate: 73,
  permissions: 77,
  portInUse: 98,
  interrupted: 130,
} as const;

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
