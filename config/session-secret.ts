import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { giveToOwner } from "./give-to-owner.ts";

/**
 * Returns the secret that seals session cookies, created once at `<data folder>/session-secret`, readable by its
 * owner only.
 */
export function ensureSessionSecret(dataDir: string): string {
  const path = join(dataDir, "session-secret");
  // Those above it were made by the process that runs this one, or before.
  if (!existsSync(dataDir)) mkdirSync(dataDir, { mode: 0o700 });
  try {
    // `wx`: of two processes that start at once one writes, and the other reads the result.
    writeFileSync(path, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
    giveToOwner(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return requireStrongSecret(readFileSync(path, "utf8").trim(), path);
}

/** Refuses guessable secrets: at least 32 characters are required. */
export function requireStrongSecret(secret: string, origin: string): string {
  if (secret.length >= 32) return secret;
  throw new Error(`The session secret in ${origin} is too short. Use at least 32 random characters, or remove it.`);
}
