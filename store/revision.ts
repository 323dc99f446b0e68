import type { Tx } from "./transaction.ts";

/** Raises the number every instance polls; call it in the transaction of the change they must notice. */
export async function bumpRevision(tx: Tx): Promise<number> {
  const row = await tx.revision.upsert({
    where: { id: 1 },
    create: { id: 1, number: 1 },
    update: { number: { increment: 1 } },
  });
  return row.number;
}
