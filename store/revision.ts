import type { Tx } from "./transaction.ts";

const id = 1;

/** Tells every instance, within its next poll, that rules, keys, settings or people changed. Call it inside the transaction of the change. */
export async function bumpRevision(tx: Tx): Promise<number> {
  const row = await tx.revision.upsert({
    where: { id },
    create: { id, number: 1 },
    update: { number: { increment: 1 } },
  });
  return row.number;
}

export async function readRevision(tx: Tx): Promise<number> {
  return (await tx.revision.findUnique({ where: { id } }))?.number ?? 0;
}
