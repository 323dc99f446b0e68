import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { readSetting, settingKey, writeSetting } from "#store/settings.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";

/** A backup that failed is due again after this time. */
const BACKUP_AGAIN_MS = 15 * 60_000;

/**
 * Takes the next backup for the caller when it is due: when none was begun by any instance within `everyMs`. Of callers
 * at the same time one gets true.
 */
export async function claimBackup(actor: Actor, everyMs: number, deps: ControlDeps): Promise<boolean> {
  requirePermission(actor, "backup.make");
  const isDue = (begun: string | null, at: Date) => begun === null || at.getTime() - Date.parse(begun) >= everyMs;
  // Most looks end here: without a write that every instance would notice.
  if (!isDue(await readSetting(deps.db, settingKey.backupBegun), deps.now())) return false;
  return mutate(actor, deps, async (tx, at) => {
    if (!isDue(await readSetting(tx, settingKey.backupBegun), at)) return false;
    await writeSetting(tx, settingKey.backupBegun, at.toISOString(), at);
    return true;
  });
}

/** Makes a claimed backup that failed due again, after a pause. */
export async function releaseBackup(actor: Actor, everyMs: number, deps: ControlDeps): Promise<void> {
  requirePermission(actor, "backup.make");
  await mutate(actor, deps, async (tx, at) => {
    const begun = new Date(at.getTime() - everyMs + Math.min(everyMs, BACKUP_AGAIN_MS));
    await writeSetting(tx, settingKey.backupBegun, begun.toISOString(), at);
  });
}
