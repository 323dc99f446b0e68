import type { Tx } from "./transaction.ts";

/** Keys that the ledger and the proxy themselves read or write. */
export const settingKey = {
  organisation: "organisation",
  reportingZone: "reporting-zone",
  /** sha256 of the rules file's text as it was last taken in or written: a file with this hash was not edited by hand. */
  rulesFileHash: "rules.file-hash",
  /** The zone `rollup_day` is built for at this moment. */
  dayZone: "rollups.day-zone",
} as const;

/** The text of a setting; null when nobody ever set it. */
export async function readSetting(tx: Tx, key: string): Promise<string | null> {
  const row = await tx.setting.findUnique({ where: { key } });
  if (row === null) return null;
  const value: unknown = JSON.parse(row.value);
  return typeof value === "string" ? value : row.value;
}

/** Settings that instances act upon need a `bumpRevision` in the same transaction. */
export async function writeSetting(tx: Tx, key: string, text: string, at: Date): Promise<void> {
  const value = JSON.stringify(text);
  await tx.setting.upsert({ where: { key }, create: { key, value, updatedAt: at }, update: { value, updatedAt: at } });
}
