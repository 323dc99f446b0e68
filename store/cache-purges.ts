import { type PurgeTarget, readPurges, withPurge } from "#core/cache/purges.ts";
import type { SqlSource } from "./raw.ts";
import { readSetting, settingKey, writeSetting } from "./settings.ts";

/**
 * Numbers a purge of the response cache. Call it in a transaction that raises the revision: that notifies the
 * instances.
 */
export async function addCachePurge(tx: SqlSource, target: PurgeTarget, at: Date): Promise<number> {
  const purges = withPurge(readPurges(await readSetting(tx, settingKey.cachePurges)), target, at.getTime());
  await writeSetting(tx, settingKey.cachePurges, JSON.stringify(purges), at);
  return purges.serial;
}
