import * as z from "zod";
import { type Actor, systemActor } from "#core/access/actor.ts";
import { AppError } from "#core/errors.ts";
import { credentialsByEmail, noteSignIn } from "#store/people.ts";
import { inTransaction } from "#store/transaction.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { emailField, parseInput, passwordField } from "../input.ts";
import { toRole } from "../team/person.ts";
import { openSession } from "./open-session.ts";
import { hashPassword, needsRehash, verifyPassword } from "./password.ts";
import { forgiveAttempt, reserveAttempt } from "./throttle.ts";

const signInInput = z.object({ email: emailField, password: passwordField });

export interface SignedIn {
  id: string;
  name: string;
  email: string;
  sessionVersion: number;
  sessionId: string;
}

/**
 * Checks an e-mail address and a password. Unknown, disabled and password-less people are refused with the same words
 * and after the same work as a wrong password; too many failures lock (`auth.too-many-attempts`).
 *
 * Checking takes long and happens before the transaction, so a session opens only for the very hash that was checked: a
 * password that was replaced meanwhile is checked again, as it is now.
 */
export async function signIn(
  input: unknown,
  address: string | null,
  deps: ControlDeps,
  browser: string | null = null,
): Promise<SignedIn> {
  const { email, password } = parseInput(signInInput, input);
  const attempt = await reserveAttempt({ email, address }, deps);
  for (;;) {
    const checked = await checkPassword({ email, password, address }, deps);
    const rehash = needsRehash(checked.passwordHash) ? await hashPassword(password) : undefined;
    const signedIn = await inTransaction(deps.db, async (tx) => {
      const person = await credentialsByEmail(tx, email);
      if (person?.passwordHash !== checked.passwordHash || person.disabledAt) return null;
      const at = deps.now();
      await forgiveAttempt(tx, attempt, at);
      const { id, name, sessionVersion } = await noteSignIn(tx, person.id, at, rehash);
      const sessionId = await openSession(tx, id, { address, browser }, at);
      const actor: Actor = { kind: "person", id, name, email, role: toRole(person), via: "console", address };
      await recordAudit(tx, actor, { action: "session.sign-in", object: { kind: "person", id } }, at);
      return { id, name, email, sessionVersion, sessionId };
    });
    if (signedIn) return signedIn;
  }
}

/** Finds the stored hash that a password matches, outside any transaction, or refuses with an audit entry. */
async function checkPassword(
  { email, password, address }: { email: string; password: string; address: string | null },
  deps: ControlDeps,
): Promise<{ passwordHash: string }> {
  const person = await credentialsByEmail(deps.db, email);
  const isRight = await verifyPassword(person?.passwordHash ?? null, password);
  if (person?.passwordHash && isRight && !person.disabledAt) return { passwordHash: person.passwordHash };
  const actor: Actor = { ...systemActor, name: "Sign-in" };
  const object = person ? { kind: "person", id: person.id } : undefined;
  const fact = { action: "session.sign-in-failed", object, after: { address } };
  await inTransaction(deps.db, (tx) => recordAudit(tx, actor, fact, deps.now()));
  throw new AppError("auth.required", {}, "The e-mail address or the password is wrong.");
}
