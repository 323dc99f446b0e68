import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { type LinkRow, openInvites, revokedInvites } from "#store/one-time-links.ts";
import { listPeople } from "#store/people.ts";
import type { ControlDeps } from "../deps.ts";
import { type InviteView, inviteView } from "./invite.ts";
import { mayMakerStillMake } from "./links.ts";
import { type PersonView, personView } from "./person.ts";

export interface TeamView {
  people: (PersonView & { hasPassword: boolean; providers: string[] })[];
  /**
   * Listed invitations: the open ones, and for a month some that are no longer open. An expired one stays listed,
   * marked by its date. So does one that was revoked because its maker may no longer make it, until the address is
   * invited again. A withdrawn one is not listed.
   */
  invites: InviteView[];
}

const inviteListedMs = 30 * 86_400_000;

/** Lists everyone who may sign in, and everyone who has been invited. */
export async function listTeam(actor: Actor, deps: ControlDeps): Promise<TeamView> {
  requirePermission(actor, "team.read");
  const since = new Date(deps.now().getTime() - inviteListedMs);
  const [people, open, revoked] = await Promise.all([
    listPeople(deps.db),
    openInvites(deps.db, since),
    revokedInvites(deps.db, since),
  ]);
  const answered = new Set([...people, ...open].map(({ email }) => email));
  const outlived: LinkRow[] = [];
  for (const link of revoked) {
    if (answered.has(link.email) || (await mayMakerStillMake(deps.db, link))) continue;
    answered.add(link.email);
    outlived.push(link);
  }
  const view = people.map(({ hasPassword, providers, ...row }) => ({ ...personView(row), hasPassword, providers }));
  return { people: view, invites: [...open, ...outlived].map(inviteView) };
}
