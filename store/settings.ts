import type { Tx } from "./transaction.ts";

/** One setting, or null when nobody has ever set it. */
export async function readSetting(tx: Tx, key: string): Promise<string | null> {
  const row = await tx.setting.findUnique({ where: { key } });
  return row ? row.value : null;
}

export async function writeSetting(tx: Tx, key: string, value: string, at: Date): Promise<void> {
  await tx.setting.upsert({
    where: { key },
    create: { key, value, updatedAt: at },
    update: { value, updatedAt: at },
  });
}
