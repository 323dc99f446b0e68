import type { Prisma } from "./generated/sqlite/client.ts";

type Tx = Prisma.TransactionClient;

export type SessionRow = Prisma.SignInSessionModel;

export const insertSession = (tx: Tx, session: SessionRow): Promise<SessionRow> =>
  tx.signInSession.create({ data: session });

/** Finds a session that has not ended, with its person. */
export const liveSession = (tx: Tx, id: string, now: Date) =>
  tx.signInSession.findFirst({
    where: { id, expiresAt: { gt: now } },
    select: {
      id: true,
      lastSeenAt: true,
      person: { select: { id: true, name: true, email: true, role: true, sessionVersion: true, disabledAt: true } },
    },
  });

/** Lists the open sessions of one person, most recently used first. */
export const listSessions = (tx: Tx, personId: string, now: Date): Promise<SessionRow[]> =>
  tx.signInSession.findMany({
    where: { personId, expiresAt: { gt: now } },
    orderBy: [{ lastSeenAt: "desc" }, { id: "asc" }],
    take: 200,
  });

export const sessionById = (tx: Tx, id: string) =>
  tx.signInSession.findUnique({ where: { id }, include: { person: { select: { role: true, email: true } } } });

/** Ends one session; false when it had ended before. */
export async function deleteSession(tx: Tx, id: string): Promise<boolean> {
  return (await tx.signInSession.deleteMany({ where: { id } })).count === 1;
}

/** Ends every session of one person; returns the number ended. */
export async function deletePersonSessions(tx: Tx, personId: string): Promise<number> {
  return (await tx.signInSession.deleteMany({ where: { personId } })).count;
}

/** Removes expired sessions of all people: called at sign-in, so the table holds no more than a week of them. */
export async function pruneSessions(tx: Tx, now: Date): Promise<void> {
  await tx.signInSession.deleteMany({ where: { expiresAt: { lte: now } } });
}

export async function noteSessionUse(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.signInSession.updateMany({ where: { id }, data: { lastSeenAt: at } });
}
