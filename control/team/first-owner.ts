import * as z from "zod";
import { type Actor, operatorActor } from "#core/access/actor.ts";
import { AppError } from "#core/errors.ts";
import type { Tx } from "#store/client.ts";
import { countPeople, insertPerson } from "#store/people.ts";
import { readSetting, writeSetting } from "#store/settings.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { emailField, nameField, parseInput, passwordField } from "../input.ts";
import { mutate } from "../mutate.ts";
import { newId } from "../secrets.ts";
import { hashPassword, requireGoodPassword } from "../session/password.ts";
import { type PersonView, personView } from "./person.ts";

export const firstOwnerInput = z.strictObject({ email: emailField, name: nameField(), password: passwordField });

/**
 * Set once, in the transaction that creates the first owner, and never removed: set-up stays closed even without
 * people.
 */
const setupDoneKey = "setup.completed-at";

interface WantedOwner {
  email: string;
  name?: string;
  password: string;
}

/** The first owner as one is created; throws `request.invalid`, whose `fields` name what cannot be used. */
export function parseFirstOwner(input: WantedOwner): Required<WantedOwner> {
  const wanted = parseInput(firstOwnerInput, { ...input, name: input.name ?? input.email.split("@")[0] });
  requireGoodPassword(wanted.password, [wanted.email, wanted.name]);
  return wanted;
}

/** Creates the first owner without the browser (CCO_INIT_ADMIN_EMAIL). Null when a person exists already. */
export async function firstOwner(input: WantedOwner, deps: ControlDeps): Promise<PersonView | null> {
  if (!(await isSetupOpen(deps.db))) return null;
  const wanted = parseFirstOwner(input);
  const passwordHash = await hashPassword(wanted.password);
  return mutate(null, deps, async (tx, at) => {
    if (!(await isSetupOpen(tx))) return null;
    return insertFirstOwner(tx, operatorActor("First start"), { ...wanted, passwordHash }, at);
  });
}

/** Whether this installation was never set up. */
export async function isSetupOpen(tx: Tx): Promise<boolean> {
  if ((await countPeople(tx)) > 0) return false;
  return (await readSetting(tx, setupDoneKey)) === null;
}

/** Inserts the first owner, or throws `auth.setup-closed`. Call it in a transaction that holds the write lock. */
export async function insertFirstOwner(
  tx: Tx,
  actor: Actor,
  owner: { email: string; name: string; passwordHash: string },
  at: Date,
): Promise<PersonView> {
  if (!(await isSetupOpen(tx))) throw new AppError("auth.setup-closed");
  const person = await insertPerson(tx, {
    id: newId("per"),
    email: owner.email,
    name: owner.name,
    role: "owner",
    passwordHash: owner.passwordHash,
    createdAt: at,
  });
  await writeSetting(tx, setupDoneKey, at.toISOString(), at);
  const after = { email: person.email, name: person.name, role: "owner" };
  await recordAudit(tx, actor, { action: "team.first-owner", object: { kind: "person", id: person.id }, after }, at);
  return personView(person);
}
