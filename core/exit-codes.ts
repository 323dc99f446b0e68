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
