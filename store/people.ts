import type { Prisma } from "./generated/sqlite/client.ts";
import { deletePersonSessions } from "./sign-in-sessions.ts";

type Tx = Prisma.TransactionClient;

/** Fields of a person that may be shown: without the password hash. */
const publicFields = {
  id: true,
  email: true,
  name: true,
  role: true,
  sessionVersion: true,
  createdAt: true,
  lastSignInAt: true,
  disabledAt: true,
  team: true,
} as const;

export type PersonRow = Prisma.PersonGetPayload<{ select: typeof publicFields }>;

export const countPeople = (tx: Tx): Promise<number> => tx.person.count();

export const personById = (tx: Tx, id: string): Promise<PersonRow | null> =>
  tx.person.findUnique({ where: { id }, select: publicFields });

export const personByEmail = (tx: Tx, email: string): Promise<PersonRow | null> =>
  tx.person.findUnique({ where: { email }, select: publicFields });

/** Reads a person with the password hash, for checking a password only. */
export const credentialsByEmail = (tx: Tx, email: string) =>
  tx.person.findUnique({ where: { email }, select: { ...publicFields, passwordHash: true } });

export const credentialsById = (tx: Tx, id: string) =>
  tx.person.findUnique({ where: { id }, select: { ...publicFields, passwordHash: true } });

/** Lists all people, oldest first, with their sign-in methods. */
export async function listPeople(tx: Tx) {
  const rows = await tx.person.findMany({
    select: { ...publicFields, passwordHash: true, identities: { select: { provider: true } } },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
  });
  return rows.map(({ passwordHash, identities, ...person }) => ({
    ...person,
    hasPassword: passwordHash !== null,
    providers: identities.map((identity) => identity.provider),
  }));
}

interface NewPerson {
  id: string;
  email: string;
  name: string;
  role: string;
  passwordHash: string | null;
  createdAt: Date;
}

export const insertPerson = (tx: Tx, person: NewPerson): Promise<PersonRow> =>
  tx.person.create({ data: person, select: publicFields });

/** Changes a person and ends every session that was opened before. */
export async function updatePersonAndEndSessions(
  tx: Tx,
  id: string,
  data: { role?: string; passwordHash?: string; disabledAt?: Date | null },
): Promise<PersonRow> {
  await deletePersonSessions(tx, id);
  return tx.person.update({ where: { id }, data: { ...data, sessionVersion: { increment: 1 } }, select: publicFields });
}

/** Sets the team of a person's keys that name none. Sessions continue: permissions do not change. */
export const setPersonTeam = (tx: Tx, id: string, team: string | null): Promise<PersonRow> =>
  tx.person.update({ where: { id }, data: { team }, select: publicFields });

/** Records a sign-in; `passwordHash` is given when the stored one has weaker parameters. */
export const noteSignIn = (tx: Tx, id: string, at: Date, passwordHash?: string): Promise<PersonRow> =>
  tx.person.update({ where: { id }, data: { lastSignInAt: at, passwordHash }, select: publicFields });

/** Counts active owners other than this one. */
export const countOtherActiveOwners = (tx: Tx, exceptId: string): Promise<number> =>
  tx.person.count({ where: { role: "owner", disabledAt: null, id: { not: exceptId } } });

/** Lists the names of the active people of some roles, for "ask one of these" sentences. */
export const namesWithRoles = async (tx: Tx, roles: readonly string[]): Promise<string[]> => {
  const where = { role: { in: [...roles] }, disabledAt: null };
  const rows = await tx.person.findMany({ where, select: { name: true }, orderBy: { createdAt: "asc" }, take: 5 });
  return rows.map((row) => row.name);
};

export const personByIdentity = async (tx: Tx, provider: string, subject: string): Promise<PersonRow | null> => {
  const where = { provider_subject: { provider, subject } };
  const row = await tx.identity.findUnique({ where, select: { person: { select: publicFields } } });
  return row?.person ?? null;
};

export const insertIdentity = (tx: Tx, identity: { provider: string; subject: string; personId: string }) =>
  tx.identity.create({ data: identity });
