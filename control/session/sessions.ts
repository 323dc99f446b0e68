import type { Actor } from "#core/access/actor.ts";
import { may, requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { deleteSession, listSessions, type SessionRow, sessionById } from "#store/sign-in-sessions.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";
import { requireOwnerFor, requirePerson } from "../team/person.ts";

/** A browser in which a person is signed in. Instants are ISO 8601. */
export interface SessionView {
  id: string;
  /** "Firefox on Linux"; null when the browser is unknown. */
  browser: string | null;
  address: string | null;
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
  /** Whether it is the session of this request. */
  isCurrent: boolean;
}

/** Lists the actor's sessions: that of this request first, then the most recently used. */
export async function listOwnSessions(actor: Actor, deps: ControlDeps): Promise<SessionView[]> {
  requirePermission(actor, "own-access.manage");
  return listSessionViews(actor, actor.id, deps);
}

/** Lists another person's sessions. */
export async function listPersonSessions(actor: Actor, personId: string, deps: ControlDeps): Promise<SessionView[]> {
  requirePermission(actor, "access.manage");
  await requirePerson(deps.db, personId);
  return listSessionViews(actor, personId, deps);
}

/**
 * Message for an id that is not there or is another person's. It is the same in both cases: those who may not see that
 * person's must not learn which there are.
 */
export const NOT_YOURS = "There is nothing with this id, or it is not yours.";

/**
 * Signs one browser out: the actor's own, or with `access.manage` another person's. Without that permission, another
 * person's session is `not-found`.
 */
export async function endSession(actor: Actor, id: string, deps: ControlDeps): Promise<void> {
  requirePermission(actor, "own-access.manage");
  await mutate(actor, deps, async (tx, at) => {
    const session = await sessionById(tx, id);
    if (!session) throw new AppError("not-found", {}, NOT_YOURS);
    const isOwn = session.personId === actor.id;
    if (!isOwn) requireAccessTo(actor, session.person.role);
    if (!(await deleteSession(tx, id))) return;
    const before = { email: session.person.email, browser: session.browser, address: session.address };
    const fact = { action: "session.end", object: { kind: "person", id: session.personId } };
    await recordAudit(tx, actor, { ...fact, before }, at);
  });
}

/** Requires that the actor may change sessions and tokens of a person with this role; else they are `not-found`. */
export function requireAccessTo(actor: Actor, role: string): void {
  if (!may(actor, "access.manage")) throw new AppError("not-found", {}, NOT_YOURS);
  requireOwnerFor(actor, role);
}

async function listSessionViews(actor: Actor, personId: string, deps: ControlDeps): Promise<SessionView[]> {
  const rows = await listSessions(deps.db, personId, deps.now());
  const views = rows.map((row) => sessionView(row, actor));
  return [...views.filter((view) => view.isCurrent), ...views.filter((view) => !view.isCurrent)];
}

function sessionView(row: SessionRow, actor: Actor): SessionView {
  return {
    id: row.id,
    browser: row.browser,
    address: row.address,
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    isCurrent: actor.kind === "person" && actor.sessionId === row.id,
  };
}
