import { AppError } from "#core/errors.ts";
import { isCommonPassword } from "./common-passwords.ts";

const argon2id = 2;
/** Minimum parameters; a stored hash with weaker ones is replaced at the next sign-in. */
const parameters = { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Hash of a random value at the same cost: refusing unknown accounts takes as long as refusing known ones. */
const dummyHash = "$argon2id$v=19$m=19456,t=2,p=1$W/0OcufqMDj6PyHzh0NOFA$akQWldGUnYvdLH3J0yYi97lsvnYm6O/oxId+wYa7vyQ";

const charactersMin = 12;
/** Maximum length. Argon2 would accept more, but no person types it and an attacker could make the server hash it. */
const charactersMax = 256;

/**
 * Maximum of concurrent hashes. Each takes 19 MiB and some 50 ms of a core: more than two at once would be a way to
 * starve the console.
 */
const concurrentMax = 2;
const waitingMax = 40;
let running = 0;
/** Loaded on demand: few commands ask for a password. */
const argon2 = () => import("@node-rs/argon2");
const waiting: (() => void)[] = [];

/** Hashes a password to the PHC string to store. */
export const hashPassword = (password: string): Promise<string> =>
  inTurn(async () => (await argon2()).hash(password, parameters));

/** Whether the password matches the hash. Takes the same time without a hash. */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  const isTooLong = password.length > charactersMax;
  const matches = await inTurn(async () => (await argon2()).verify(stored ?? dummyHash, isTooLong ? "" : password));
  return matches && stored !== null && !isTooLong;
}

/** Whether a stored hash has weaker parameters than the current ones. */
export function needsRehash(stored: string): boolean {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(stored);
  if (!match) return true;
  return Number(match[1]) < parameters.memoryCost || Number(match[2]) < parameters.timeCost;
}

/**
 * Finds what is wrong with a new password, as a sentence; null when it is acceptable. `about` are words it must not
 * consist of.
 */
export function passwordProblem(password: string, about: readonly string[] = []): string | null {
  if ([...password].length < charactersMin)
    return `Use at least ${charactersMin} characters; a short sentence works well.`;
  if (password.length > charactersMax) return `Use at most ${charactersMax} characters.`;
  if (isCommonPassword(password, about)) return "This password is easy to guess. Use a few unrelated words instead.";
  return null;
}

/** Throws `request.invalid` naming the field when the password is not acceptable. */
export function requireGoodPassword(password: string, about: readonly string[], field = "password"): void {
  const problem = passwordProblem(password, about);
  if (problem) throw new AppError("request.invalid", { fields: { [field]: problem } }, problem);
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= concurrentMax) {
    if (waiting.length >= waitingMax) throw new AppError("auth.too-many-attempts");
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running += 1;
  }
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
