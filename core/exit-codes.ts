/** Exit codes of the command line and of the processes it starts: `docs/decisions/006-exit-codes.md`. */
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
  addressNotUp: 71,
  cannotCreate: 73,
  permissions: 77,
  portInUse: 98,
  interrupted: 130,
} as const;

/** What an exit code means. `text` is for lists of all codes, `start` for the manual of operators. */
interface ExitCodeMeaning {
  text: string;
  /** Null of a code that no start ends with. */
  start: string | null;
}

/** The words of every exit code. `cco --help` prints them, and `npm run docs` writes the tables of the docs from them. */
const MEANINGS: Readonly<Record<keyof typeof exitCodes, ExitCodeMeaning>> = {
  ok: { text: "ok", start: null },
  failure: { text: "failure", start: null },
  usage: { text: "usage", start: "a flag or argument is wrong" },
  invalidConfig: {
    text: "invalid settings or rules",
    start: "the rules file or a setting is wrong (file, line, column; variable and value)",
  },
  notAllowed: { text: "not signed in, or not allowed", start: null },
  conflict: { text: "conflict: it changed meanwhile, or is in use", start: null },
  unreachable: { text: "unreachable", start: null },
  databaseUnusable: {
    text: "database or build unusable",
    start:
      "a newer CCO has changed the database; or it cannot be used, and nothing was kept to start with; or what is built misses a file, or is not of the sources that lie here",
  },
  crash: { text: "crash", start: null },
  addressNotUp: {
    text: "address to listen on not up",
    start: "the address of `CCO_HOST` is not up yet, or is none of this machine: worth a restart, as after a boot",
  },
  cannotCreate: {
    text: "a folder is missing or full, or a file in it cannot be created",
    start: "the data folder or the spool cannot be created, or the folder of a new SQLite file is not there",
  },
  permissions: {
    text: "permissions",
    start:
      "permissions: a secret that others can write, a folder that cannot be written, rules of the first start that cannot be read",
  },
  portInUse: { text: "port in use", start: "the port is in use" },
  interrupted: { text: "interrupted, as by Ctrl-C", start: null },
};

/** Every exit code with its name, in order. */
export const listExitCodes = (): (ExitCodeMeaning & { code: number })[] =>
  (Object.keys(exitCodes) as (keyof typeof exitCodes)[])
    .map((name) => ({ code: exitCodes[name], ...MEANINGS[name] }))
    .sort((one, other) => one.code - other.code);

/**
 * What a start that cannot listen ends with. An address that this machine has not yet, or a name that cannot be looked
 * up yet, may come up after a boot: a restart helps. Anything else is a setting to correct.
 */
export const listenErrorCode = (errorCode: string | undefined): number =>
  errorCode === "EADDRNOTAVAIL" || errorCode === "EAI_AGAIN" ? exitCodes.addressNotUp : exitCodes.invalidConfig;

/** `cco run` ends with these when no restart can help and a person must act first. Unit files name the same ones. */
export const FINAL_CODES: readonly number[] = [
  exitCodes.usage,
  exitCodes.invalidConfig,
  exitCodes.databaseUnusable,
  exitCodes.cannotCreate,
  exitCodes.permissions,
  exitCodes.portInUse,
];
