import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { refuseTokens } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { credentialsById, updatePersonAndEndSessions } from "#store/people.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput, passwordField } from "../input.ts";
import { mutate } from "../mutate.ts";
import { hashPassword, requireGoodPassword, verifyPassword } from "../session/password.ts";
import { forgiveAttempt, reserveAttempt } from "../session/throttle.ts";

const changeInput = z.strictObject({ current: passwordField, password: passwordField });

/**
 * Replaces the actor's own password. Every open session ends, the current one included: sign in again with the new
 * one.
 */
export async function changeOwnPassword(actor: Actor, input: unknown, deps: ControlDeps): Promise<void> {
  if (actor.kind !== "person") throw new AppError("auth.forbidden");
  refuseTokens(actor);
  const wanted = parseInput(changeInput, input);
  const person = await credentialsById(deps.db, actor.id);
  if (!person || person.passwordHash === null) {
    throw new AppError("request.invalid", {}, "You sign in through your organisation; there is no password to change.");
  }
  requireGoodPassword(wanted.password, [person.email, person.name]);
  // Guessing the current password from a borrowed session is guessing like any other.
  const attempt = await reserveAttempt({ email: person.email, address: actor.address }, deps);
  if (!(await verifyPassword(person.passwordHash, wanted.current))) throw refuseCurrent();
  const passwordHash = await hashPassword(wanted.password);
  await mutate(actor, deps, async (tx, at) => {
    // Only the password that was checked above is replaced, never one that was set since.
    if ((await credentialsById(tx, person.id))?.passwordHash !== person.passwordHash) throw refuseCurrent();
    await forgiveAttempt(tx, attempt, at);
    await updatePersonAndEndSessions(tx, person.id, { passwordHash });
    await recordAudit(tx, actor, { action: "team.change-password", object: { kind: "person", id: person.id } }, at);
  });
}

function refuseCurrent(): AppError {
  const text = "This is not your current password.";
  return new AppError("request.invalid", { fields: { current: text } }, text);
}

/** Whether the actor signs in by password at all; people who only come through an identity provider have none. */
export async function hasOwnPassword(actor: Actor, deps: ControlDeps): Promise<boolean> {
  const person = actor.kind === "person" ? await credentialsById(deps.db, actor.id) : null;
  return person?.passwordHash !== null && person !== null;
}
