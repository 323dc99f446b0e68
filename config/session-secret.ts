import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The secret that seals session cookies, made once and kept at `<data folder>/session-secret`, readable by its owner only. */
export function ensureSessionSecret(dataDir: string): string {
  const path = join(dataDir, "session-secret");
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    // `wx`: of two processes that start at once one writes, and the other reads what it wrote.
    writeFileSync(path, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return requireStrongSecret(readFileSync(path, "utf8").trim(), path);
}

/** Refuses secrets that could be guessed: at least 32 characters of them. */
export function requireStrongSecret(secret: string, origin: string): string {
  if (secret.length >= 32) return secret;
  throw new Error(`The session secret in ${origin} is too short. Use at least 32 random characters, or remove it.`);
}
