import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { openInvites } from "#store/one-time-links.ts";
import { listPeople } from "#store/people.ts";
import type { ControlDeps } from "../deps.ts";
import { type InviteView, inviteView } from "./invite.ts";
import { type PersonView, personView } from "./person.ts";

export interface TeamView {
  people: (PersonView & { hasPassword: boolean; providers: string[] })[];
  /** Open invitations; an expired one stays listed for a month, marked by its date. */
  invites: InviteView[];
}

const inviteListedMs = 30 * 86_400_000;

/** Lists everyone who may sign in, and everyone who has been invited. */
export async function listTeam(actor: Actor, deps: ControlDeps): Promise<TeamView> {
  requirePermission(actor, "team.read");
  const since = new Date(deps.now().getTime() - inviteListedMs);
  const [people, invites] = await Promise.all([listPeople(deps.db), openInvites(deps.db, since)]);
  const view = people.map(({ hasPassword, providers, ...row }) => ({ ...personView(row), hasPassword, providers }));
  return { people: view, invites: invites.map(inviteView) };
}
