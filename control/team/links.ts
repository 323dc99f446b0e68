import type { Actor } from "#core/access/actor.ts";
import { may } from "#core/access/permissions.ts";
import type { Tx } from "#store/client.ts";
import {
  findLiveInvite,
  type LinkRow,
  liveLink,
  openLinksAbout,
  revokeLinks,
  takeLink,
} from "#store/one-time-links.ts";
import { personById } from "#store/people.ts";
import { recordAudit } from "../audit/record.ts";
import { mayConcern, toRole } from "./person.ts";

/**
 * Makers of links that are no person, by the id of their actor. An operator's link is as good as the operator's shell.
 */
const makersWithoutPerson: readonly string[] = ["operator", "file", "system"] satisfies Exclude<
  Actor,
  { kind: "person" }
>["id"][];

/**
 * Whether an actor may make a link that opens an account of this role. That is an invitation to it, or a reset of its
 * password.
 */
const mayMakeLink = (actor: Actor, role: string): boolean => may(actor, "team.invite") && mayConcern(actor, role);

/**
 * Whether the maker of a link may still make it: enabled, and with a role that allows it today. A link is a right lent
 * out, and must not outlive the right.
 */
export async function mayMakerStillMake(tx: Tx, link: LinkRow): Promise<boolean> {
  if (link.createdBy === null || makersWithoutPerson.includes(link.createdBy)) return true;
  const maker = await personById(tx, link.createdBy);
  if (!maker || maker.disabledAt) return false;
  const { id, name, email } = maker;
  const actor = { kind: "person", id, name, email, role: toRole(maker), via: "console", address: null } as const;
  const role = link.kind === "reset" && link.personId ? (await personById(tx, link.personId))?.role : link.role;
  return mayMakeLink(actor, role ?? "viewer");
}

/** Finds the link of a secret: unused, not revoked, not expired, and its maker may still make it. */
export async function findLink(
  tx: Tx,
  kind: "invite" | "reset",
  tokenHash: string,
  now: Date,
): Promise<LinkRow | null> {
  const link = await liveLink(tx, kind, tokenHash, now);
  return link && (await mayMakerStillMake(tx, link)) ? link : null;
}

/** Finds the invitation of an address, under the same conditions as `findLink`. */
export async function findInviteByEmail(tx: Tx, email: string, now: Date): Promise<LinkRow | null> {
  const link = await findLiveInvite(tx, email, now);
  return link && (await mayMakerStillMake(tx, link)) ? link : null;
}

/** Uses a link up; false when it is no longer valid. Call it in the transaction of what the link is good for. */
export const takeValidLink = async (tx: Tx, link: LinkRow, at: Date): Promise<boolean> =>
  (await mayMakerStillMake(tx, link)) && (await takeLink(tx, link.id, at));

/**
 * Revokes the open links whose maker may no longer make them. It follows when a person was disabled or has another
 * role. It revokes those this person made, and the resets of this person's password. There is one audit entry each.
 */
export async function revokeOutlivedLinks(tx: Tx, actor: Actor, personId: string, at: Date): Promise<void> {
  for (const link of await openLinksAbout(tx, personId, at)) {
    if (await mayMakerStillMake(tx, link)) continue;
    const isInvite = link.kind === "invite";
    await revokeLinks(tx, { kind: isInvite ? "invite" : "reset", id: link.id }, at);
    const object = isInvite ? { kind: "invite", id: link.id } : { kind: "person", id: link.personId ?? "" };
    const action = isInvite ? "team.revoke-invite" : "team.revoke-reset-link";
    const before = { email: link.email, role: link.role, createdBy: link.createdBy };
    await recordAudit(tx, actor, { action, object, before, after: { reason: "maker may no longer make it" } }, at);
  }
}
