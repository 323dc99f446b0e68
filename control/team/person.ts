import type { Actor } from "#core/access/actor.ts";
import { may, refuseTokens, roleMay } from "#core/access/permissions.ts";
import { isRole, type Role } from "#core/access/roles.ts";
import { AppError } from "#core/errors.ts";
import { invariant } from "#core/invariant.ts";
import type { Tx } from "#store/client.ts";
import { countOtherActiveOwners, type PersonRow, personById } from "#store/people.ts";

/** A person as shown by the console and the API. Instants are ISO 8601. */
export interface PersonView {
  id: string;
  email: string;
  name: string;
  role: Role;
  /** Team of their keys that name none. */
  team: string | null;
  createdAt: string;
  lastSignInAt: string | null;
  disabledAt: string | null;
}

/** One person as the API carries them, without anything that signs them in. */
export function personView(row: Omit<PersonRow, "sessionVersion">): PersonView {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: toRole(row),
    team: row.team,
    createdAt: row.createdAt.toISOString(),
    lastSignInAt: row.lastSignInAt?.toISOString() ?? null,
    disabledAt: row.disabledAt?.toISOString() ?? null,
  };
}

export function toRole(row: { role: string }): Role {
  invariant(isRole(row.role), `stored role is known: ${row.role}`);
  return row.role;
}

/** Finds the person, or throws `not-found`. */
export async function requirePerson(tx: Tx, id: string): Promise<PersonRow> {
  const person = await personById(tx, id);
  if (!person) throw new AppError("not-found", {}, "There is no such person.");
  return person;
}

/** Whether an actor may act where these roles are concerned: only owners change owners, and only owners create them. */
export const mayConcern = (actor: Actor, ...concerned: readonly string[]): boolean =>
  !concerned.includes("owner") || may(actor, "team.make-owner");

/** Throws `auth.forbidden` where an owner is concerned and the actor is none. */
export function requireOwnerFor(actor: Actor, ...concerned: readonly string[]): void {
  if (mayConcern(actor, ...concerned)) return;
  throw new AppError(
    "auth.forbidden",
    { permission: "team.make-owner", roles: ["owner"] },
    "Only an owner may do this.",
  );
}

/** Refuses tokens for owners and admins: a token could create a sign-in that does more than its scopes. */
export function refuseTokensFor(actor: Actor, role: Role): void {
  if (roleMay(role, "team.change-role")) refuseTokens(actor);
}

/** Throws `team.last-owner` when no other active owner remains. Call inside the transaction of the change. */
export async function requireAnotherOwner(tx: Tx, person: PersonRow): Promise<void> {
  if (person.role !== "owner" || person.disabledAt !== null) return;
  if ((await countOtherActiveOwners(tx, person.id)) === 0) throw new AppError("team.last-owner");
}
