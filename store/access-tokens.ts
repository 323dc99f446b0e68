import type { Prisma } from "./generated/sqlite/client.ts";

type Tx = Prisma.TransactionClient;

/** Fields of an access token that may be shown: without the hash of its secret. */
const publicFields = {
  id: true,
  name: true,
  hint: true,
  scopes: true,
  personId: true,
  createdAt: true,
  expiresAt: true,
  revokedAt: true,
  lastUsedAt: true,
} as const;

export type AccessTokenRow = Prisma.AccessTokenGetPayload<{ select: typeof publicFields }>;

interface NewAccessToken {
  id: string;
  name: string;
  hint: string;
  scopes: string;
  tokenHash: string;
  personId: string;
  createdAt: Date;
  expiresAt: Date;
}

export const insertAccessToken = (tx: Tx, token: NewAccessToken): Promise<AccessTokenRow> =>
  tx.accessToken.create({ data: token, select: publicFields });

export const listAccessTokens = (tx: Tx, personId: string): Promise<AccessTokenRow[]> =>
  tx.accessToken.findMany({ where: { personId }, select: publicFields, orderBy: { createdAt: "desc" }, take: 500 });

/** Lists all tokens with their people, newest first. */
export const listAllAccessTokens = (tx: Tx) =>
  tx.accessToken.findMany({
    select: { ...publicFields, person: { select: { id: true, name: true, role: true } } },
    orderBy: [{ createdAt: "desc" }, { id: "asc" }],
    take: 2_000,
  });

export const accessTokenById = (tx: Tx, id: string) =>
  tx.accessToken.findUnique({
    where: { id },
    select: { ...publicFields, person: { select: { name: true, role: true } } },
  });

/** Finds a token, by its secret's hash or its id, with its person, if both may act at this instant. */
export const liveAccessToken = (tx: Tx, by: { tokenHash: string } | { id: string }, now: Date) =>
  tx.accessToken.findFirst({
    where: { ...by, revokedAt: null, expiresAt: { gt: now }, person: { disabledAt: null } },
    select: {
      id: true,
      name: true,
      scopes: true,
      lastUsedAt: true,
      person: { select: { id: true, name: true, email: true, role: true } },
    },
  });

export async function revokeAccessToken(tx: Tx, id: string, now: Date): Promise<boolean> {
  const { count } = await tx.accessToken.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: now } });
  return count === 1;
}

/** Revokes every token of one person for good; returns the number revoked. */
export async function revokePersonAccessTokens(tx: Tx, personId: string, now: Date): Promise<number> {
  const { count } = await tx.accessToken.updateMany({ where: { personId, revokedAt: null }, data: { revokedAt: now } });
  return count;
}

export async function noteAccessTokenUse(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.accessToken.updateMany({ where: { id }, data: { lastUsedAt: at } });
}
