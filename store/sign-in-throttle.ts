import type { Prisma } from "./generated/sqlite/client.ts";

type Tx = Prisma.TransactionClient;

export interface ThrottleRow {
  key: string;
  failures: number;
  windowStartAt: Date;
  lockedUntil: Date | null;
}

/** Short because a file of the store holds the queries of one table. */
export const throttleRows = (tx: Tx, keys: readonly string[]): Promise<ThrottleRow[]> =>
  tx.signInThrottle.findMany({ where: { key: { in: [...keys] } } });

export async function putThrottle(tx: Tx, row: ThrottleRow): Promise<void> {
  const { key, ...data } = row;
  await tx.signInThrottle.upsert({ where: { key }, create: row, update: data });
}

/** Removes counters that were not changed for a day, so that invented addresses cannot grow the table for ever. */
export async function pruneThrottle(tx: Tx, before: Date): Promise<void> {
  await tx.signInThrottle.deleteMany({
    where: { windowStartAt: { lt: before }, OR: [{ lockedUntil: null }, { lockedUntil: { lt: before } }] },
  });
}
