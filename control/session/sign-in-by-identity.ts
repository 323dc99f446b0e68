import { systemActor } from "#core/access/actor.ts";
import { isRole, type Role } from "#core/access/roles.ts";
import { AppError } from "#core/errors.ts";
import type { Tx } from "#store/client.ts";
import {
  insertIdentity,
  insertPerson,
  noteSignIn,
  type PersonRow,
  personByEmail,
  personByIdentity,
} from "#store/people.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { emailField, parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { newId } from "../secrets.ts";
import { isSetupOpen } from "../team/first-owner.ts";
import { findInviteByEmail, takeValidLink } from "../team/links.ts";
import { toRole } from "../team/person.ts";
import { openSession } from "./open-session.ts";
import type { SignedIn } from "./sign-in.ts";

/** Claims of the identity provider, after their signature, issuer, audience and nonce were checked. */
export interface OutsideIdentity {
  /** Issuer: the same subject at another issuer is another person. */
  provider: string;
  subject: string;
  email: string | null;
  isEmailVerified: boolean;
  name: string | null;
}

/**
 * Signs in by an external identity. It is identified by issuer and subject; the first time it is linked to the person
 * with the same verified address, or creates a person with the configured default role (never owner), or is refused.
 */
export async function signInByIdentity(
  identity: OutsideIdentity,
  address: string | null,
  deps: ControlDeps,
  browser: string | null = null,
): Promise<SignedIn> {
  return mutate(null, deps, async (tx, at) => {
    const known = await personByIdentity(tx, identity.provider, identity.subject);
    const person = known ?? (await linkPerson(tx, identity, deps.config.oidc?.defaultRole ?? null, at));
    if (person.disabledAt)
      throw new AppError("auth.required", { why: "disabled" }, "Your account is disabled. Ask an admin.");
    const { id, name, email, sessionVersion } = await noteSignIn(tx, person.id, at);
    const actor = { kind: "person", id, name, email, role: toRole(person), via: "console", address } as const;
    const sessionId = await openSession(tx, id, { address, browser }, at);
    const after = { provider: identity.provider, linked: known === null };
    await recordAudit(tx, actor, { action: "session.sign-in", object: { kind: "person", id }, after }, at);
    return { id, name, email, sessionVersion, sessionId };
  });
}

async function linkPerson(tx: Tx, identity: OutsideIdentity, defaultRole: string | null, at: Date): Promise<PersonRow> {
  if (!identity.email || !identity.isEmailVerified) {
    throw new AppError(
      "auth.required",
      { why: "not-verified" },
      "Your identity provider has not verified your e-mail address.",
    );
  }
  // The first owner comes by the set-up link, never by being the first to sign in at the provider.
  if (await isSetupOpen(tx)) throw new AppError("auth.required", {}, "This installation is not set up yet.");
  const email = parseInput(emailField, identity.email);
  const existing = await personByEmail(tx, email);
  const person = existing ?? (await newcomer(tx, identity, email, defaultRole, at));
  await insertIdentity(tx, { provider: identity.provider, subject: identity.subject, personId: person.id });
  return person;
}

/** Creates the person: by their open invitation, which this uses up, or else with the default role. */
async function newcomer(
  tx: Tx,
  identity: OutsideIdentity,
  email: string,
  defaultRole: string | null,
  at: Date,
): Promise<PersonRow> {
  const invite = await findInviteByEmail(tx, email, at);
  const role = grantableRole(invite ? invite.role : defaultRole);
  if (!role && invite) {
    const text = "You are invited as an owner. Open the invitation link first.";
    throw new AppError("auth.required", { why: "owner-by-link" }, text);
  }
  if (!role) {
    const text = "You have no invitation. Ask an admin for one.";
    throw new AppError("auth.required", { why: "not-invited" }, text);
  }
  if (invite && !(await takeValidLink(tx, invite, at))) throw new AppError("auth.bad-link");
  const name = invite?.name ?? (identity.name?.trim().slice(0, 80) || email);
  const person = await insertPerson(tx, { id: newId("per"), email, name, role, passwordHash: null, createdAt: at });
  const after = { email, name, role, provider: identity.provider, ...(invite ? { invite: invite.id } : {}) };
  const object = { kind: "person", id: person.id };
  await recordAudit(tx, systemActor, { action: "team.arrive", object, after }, at);
  return person;
}

/** Role that a provider's claim may grant: an owner is created by the invitation's own link only. */
const grantableRole = (role: string | null): Role | null => (isRole(role) && role !== "owner" ? role : null);
