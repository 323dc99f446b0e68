import type { Prisma } from "./generated/sqlite/client.ts";

type Tx = Prisma.TransactionClient;

type LinkKind = "setup" | "invite" | "reset";

/** Fields of a link that may be shown: without the hash of its secret. */
const publicFields = {
  id: true,
  kind: true,
  email: true,
  name: true,
  role: true,
  personId: true,
  createdBy: true,
  createdAt: true,
  expiresAt: true,
  usedAt: true,
  revokedAt: true,
} as const;

export type LinkRow = Prisma.OneTimeLinkGetPayload<{ select: typeof publicFields }>;

interface NewLink {
  id: string;
  kind: LinkKind;
  tokenHash: string;
  email?: string | null;
  name?: string | null;
  role?: string | null;
  personId?: string | null;
  createdBy?: string | null;
  createdAt: Date;
  expiresAt: Date;
}

export const insertLink = (tx: Tx, link: NewLink): Promise<LinkRow> =>
  tx.oneTimeLink.create({ data: link, select: publicFields });

/** Finds the link of a secret, if it is valid at this instant. */
export const liveLink = (tx: Tx, kind: LinkKind, tokenHash: string, now: Date): Promise<LinkRow | null> =>
  tx.oneTimeLink.findFirst({
    where: { kind, tokenHash, usedAt: null, revokedAt: null, expiresAt: { gt: now } },
    select: publicFields,
  });

/** Finds the invitation of an address, if it is valid at this instant. */
export const findLiveInvite = (tx: Tx, email: string, now: Date): Promise<LinkRow | null> =>
  tx.oneTimeLink.findFirst({
    where: { kind: "invite", email, usedAt: null, revokedAt: null, expiresAt: { gt: now } },
    select: publicFields,
  });

/** Marks a link used; false when another request was first. The check and the mark are one statement. */
export async function takeLink(tx: Tx, id: string, now: Date): Promise<boolean> {
  const where = { id, usedAt: null, revokedAt: null, expiresAt: { gt: now } };
  const { count } = await tx.oneTimeLink.updateMany({ where, data: { usedAt: now } });
  return count === 1;
}

/**
 * Revokes every matching link of a kind that is neither used nor revoked, expired or not. Returns the number revoked.
 */
export async function revokeLinks(
  tx: Tx,
  {
    createdBefore,
    ...filter
  }: { kind: LinkKind; id?: string; email?: string; personId?: string; createdBefore?: Date },
  now: Date,
): Promise<number> {
  const age = createdBefore === undefined ? {} : { createdAt: { lt: createdBefore } };
  const where = { ...filter, ...age, usedAt: null, revokedAt: null };
  const { count } = await tx.oneTimeLink.updateMany({ where, data: { revokedAt: now } });
  return count;
}

/** Lists the links, valid at this instant, that a person made, and the resets of that person's password. */
export const openLinksAbout = (tx: Tx, personId: string, now: Date): Promise<LinkRow[]> =>
  tx.oneTimeLink.findMany({
    where: {
      usedAt: null,
      revokedAt: null,
      expiresAt: { gt: now },
      OR: [{ createdBy: personId }, { kind: "reset", personId }],
    },
    select: publicFields,
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
  });

export const linkById = (tx: Tx, kind: LinkKind, id: string): Promise<LinkRow | null> =>
  tx.oneTimeLink.findFirst({ where: { kind, id }, select: publicFields });

/** Lists invitations that were revoked, newest first. */
export const revokedInvites = (tx: Tx, since: Date): Promise<LinkRow[]> =>
  tx.oneTimeLink.findMany({
    where: { kind: "invite", usedAt: null, revokedAt: { not: null }, createdAt: { gt: since } },
    select: publicFields,
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
  });

/** Lists invitations that are neither used nor revoked, the expired ones of the last month included. */
export const openInvites = (tx: Tx, since: Date): Promise<LinkRow[]> =>
  tx.oneTimeLink.findMany({
    where: { kind: "invite", usedAt: null, revokedAt: null, createdAt: { gt: since } },
    select: publicFields,
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
  });
