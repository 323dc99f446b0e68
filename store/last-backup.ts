import type { SqlSource } from "./raw.ts";
import { readSetting, settingKey } from "./settings.ts";

/**
 * Reads when the newest backup that is known to be there was made. It may be of any instance, by schedule or by hand.
 * Epoch milliseconds; null for none. Short because the proxy, the command line and tests ask the same.
 */
export async function readLastBackupMs(source: SqlSource): Promise<number | null> {
  const text = await readSetting(source, settingKey.backupLast);
  return text === null ? null : Number(text);
}
