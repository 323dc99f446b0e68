import { holdsAnySecret } from "../access/own-secrets.ts";

const ID = /^[\x21-\x7e]{1,128}$/;

/**
 * Returns an id of a session or agent as a caller states it, if it may be recorded. That is one word of printable
 * ASCII. Null for all else, such as a secret in its place. Short because header and body state the same ids.
 */
export const recordableId = (stated: unknown): string | null =>
  typeof stated === "string" && ID.test(stated) && !holdsAnySecret(stated) ? stated : null;
