import * as z from "zod";
import { AppError } from "#core/errors.ts";
import { hashSecret } from "#store/hashes.ts";
import { insertPerson, personByEmail } from "#store/people.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { emailField, nameField, parseInput, passwordField, secretField } from "../input.ts";
import { mutate } from "../mutate.ts";
import { newId } from "../secrets.ts";
import { hashPassword, requireGoodPassword } from "../session/password.ts";
import { type InviteView, inviteView } from "./invite.ts";
import { findLink, takeValidLink } from "./links.ts";
import { type PersonView, personView, toRole } from "./person.ts";

const acceptInput = z.strictObject({
  token: secretField,
  email: emailField,
  name: nameField(),
  password: passwordField,
});

/** Reads an invitation for the page behind its link, without using it up. Null when it is not valid. */
export async function findInvite(token: string, deps: ControlDeps): Promise<InviteView | null> {
  const link = await findLink(deps.db, "invite", hashSecret(token), deps.now());
  return link && inviteView(link);
}

/** Creates the invited person: once, for the invited address only, with the role of the invitation and no other. */
export async function acceptInvite(input: unknown, address: string | null, deps: ControlDeps): Promise<PersonView> {
  const wanted = parseInput(acceptInput, input);
  const tokenHash = hashSecret(wanted.token);
  const offered = await findLink(deps.db, "invite", tokenHash, deps.now());
  if (!offered || offered.email !== wanted.email) throw new AppError("auth.bad-link");
  requireGoodPassword(wanted.password, [wanted.email, wanted.name]);
  const passwordHash = await hashPassword(wanted.password);
  return mutate(null, deps, async (tx, at) => {
    if (!(await takeValidLink(tx, offered, at))) throw new AppError("auth.bad-link");
    if (await personByEmail(tx, wanted.email)) throw new AppError("team.email-taken");
    const role = toRole({ role: offered.role ?? "viewer" });
    const id = newId("per");
    const { email, name } = wanted;
    const person = await insertPerson(tx, { id, email, name, role, passwordHash, createdAt: at });
    const actor = { kind: "person", id, name, email, role, via: "console", address } as const;
    const after = { email, name, role, invite: offered.id };
    await recordAudit(tx, actor, { action: "team.accept-invite", object: { kind: "person", id }, after }, at);
    return personView(person);
  });
}
