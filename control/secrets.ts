import { randomBytes } from "node:crypto";
import { hashSecret } from "#store/hashes.ts";

const crockford = "0123456789abcdefghjkmnpqrstvwxyz";

type IdPrefix = "per" | "key" | "tok" | "chk" | "lnk" | "ses" | "alr" | "fir" | "chn" | "msg" | "rse" | "bil";

/**
 * Creates a random id with a prefix that names its kind. It has 130 random bits, so ids cannot be guessed or counted.
 */
export function newId(prefix: IdPrefix): string {
  const bytes = randomBytes(26);
  let text = "";
  for (const byte of bytes) text += crockford[byte & 31];
  return `${prefix}_${text}`;
}

interface NewSecret {
  /** Shown once, never stored. */
  secret: string;
  hash: string;
  /** Last four characters, for recognition. */
  hint: string;
}

/** Creates 256 random bits behind a prefix. Only the hash is ever stored. */
export function newSecret(prefix: string): NewSecret {
  const secret = `${prefix}${randomBytes(32).toString("base64url")}`;
  return { secret, hash: hashSecret(secret), hint: secret.slice(-4) };
}
