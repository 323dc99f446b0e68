/** Throws when an impossible condition holds: a bug of CCO, never a mistake of the caller. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant: ${message}`);
}
