import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { SqlSource } from "#store/raw.ts";
import { readSetting, settingKey, writeSetting } from "#store/settings.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";

/** A backup that was begun and is not done after this time has failed, or its process has ended: another may begin. */
const LEASE_MS = 3_600_000;
/** Clocks of instances differ by less than this, unless one of them is wrong. */
const CLOCKS_APART_MS_MAX = 600_000;

/**
 * Takes the next backup for the caller when it is due: none was done by any instance within `everyMs`, and none is being
 * made. Of callers at the same time one gets true.
 */
export async function claimBackup(actor: Actor, everyMs: number, deps: ControlDeps): Promise<boolean> {
  requirePermission(actor, "backup.make");
  const isDue = async (source: SqlSource, at: Date) =>
    (await isOlder(source, settingKey.backupDone, everyMs, at)) &&
    isOlder(source, settingKey.backupBegun, LEASE_MS, at);
  // Most looks end here: without a write that every instance would notice.
  if (!(await isDue(deps.db, deps.now()))) return false;
  return mutate(actor, deps, async (tx, at) => {
    if (!(await isDue(tx, at))) return false;
    await writeSetting(tx, settingKey.backupBegun, at.toISOString(), at);
    return true;
  });
}

/** Notes that the claimed backup was made. */
export async function finishBackup(actor: Actor, deps: ControlDeps): Promise<void> {
  requirePermission(actor, "backup.make");
  await mutate(actor, deps, (tx, at) => writeSetting(tx, settingKey.backupDone, at.toISOString(), at));
}

/** Whether what is noted under `key` lies `ageMs` back, or says nothing: a time that is yet to come was noted by a clock that ran ahead. */
async function isOlder(source: SqlSource, key: string, ageMs: number, at: Date): Promise<boolean> {
  const text = await readSetting(source, key);
  if (text === null) return true;
  const sinceMs = at.getTime() - Date.parse(text);
  return !(sinceMs > -CLOCKS_APART_MS_MAX && sinceMs < ageMs);
}
