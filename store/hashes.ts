import { createHash } from "node:crypto";

/**
 * Hashes a secret as it is stored and looked up: SHA-256 in hex. That suffices for 256 random bits; passwords go
 * through argon2 instead.
 */
export const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("hex");

/** Hashes a rules text, to recognise it in the database and on disk. */
export const hashToml = (toml: string): string => createHash("sha256").update(toml, "utf8").digest("hex");
