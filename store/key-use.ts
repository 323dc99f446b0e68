import type { Tx } from "./transaction.ts";

/** When proxy keys were last used (key id -> epoch ms). Never sets a time back: instances report in no order. */
export async function noteProxyKeyUse(tx: Tx, uses: ReadonlyMap<string, number>): Promise<void> {
  for (const [id, atMs] of uses) {
    const at = new Date(atMs);
    await tx.proxyKey.updateMany({
      where: { id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: at } }] },
      data: { lastUsedAt: at },
    });
  }
}
