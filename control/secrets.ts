import { createHash, randomBytes } from "node:crypto";

const crockford = "0123456789abcdefghjkmnpqrstvwxyz";

type IdPrefix = "per" | "key" | "tok" | "chk" | "lnk" | "ses";

/** A random id that says what it names: 130 random bits, so ids cannot be guessed or counted. */
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
  /** Last four characters, to recognise it by. */
  hint: string;
}

/** 256 random bits behind a prefix. Only the hash is ever kept. */
export function newSecret(prefix: string): NewSecret {
  const secret = `${prefix}${randomBytes(32).toString("base64url")}`;
  return { secret, hash: hashSecret(secret), hint: secret.slice(-4) };
}

/** SHA-256 suffices for secrets of 256 random bits; passwords go through argon2 instead. */
export const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("hex");
