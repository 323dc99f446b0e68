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
 * A backup is due this much before its time: a timer that starts it each day or hour is now and then some seconds early (a
 * systemd timer by up to a minute), and a busy computer starts the process late one day and not the next.
 */
const EARLY_MS = 120_000;

/**
 * Takes the next backup for the caller when it is due: of those that were made, by any instance, none was begun within
 * `everyMs` (less two minutes), and none is being made. Resolves with the instant at which it was begun, for `finishBackup`;
 * null when none is due. Of callers at the same time one gets it.
 */
export async function claimBackup(actor: Actor, everyMs: number, deps: ControlDeps): Promise<Date | null> {
  requirePermission(actor, "backup.make");
  const isDue = async (source: SqlSource, at: Date) => {
    const begun = await readSetting(source, settingKey.backupBegun);
    const made = await readSetting(source, settingKey.backupDone);
    // One that is made is not under way, also when the next is due within the lease.
    return isOlder(made, everyMs - EARLY_MS, at) && (begun === made || isOlder(begun, LEASE_MS - EARLY_MS, at));
  };
  // Most looks end here: without a write that every instance would notice.
  if (!(await isDue(deps.db, deps.now()))) return null;
  return mutate(actor, deps, async (tx, at) => {
    if (!(await isDue(tx, at))) return null;
    await writeSetting(tx, settingKey.backupBegun, at.toISOString(), at);
    return at;
  });
}

/**
 * Notes that the claimed backup was made, by the instant at which it was begun: counted from its end, a timer that comes at
 * the same time each day would find it too new by as long as it took, and make one every second day.
 */
export async function finishBackup(actor: Actor, begunAt: Date, deps: ControlDeps): Promise<void> {
  requirePermission(actor, "backup.make");
  await mutate(actor, deps, (tx, at) => writeSetting(tx, settingKey.backupDone, begunAt.toISOString(), at));
}

/** Whether a noted instant lies `ageMs` back, or there is none: one that is yet to come was noted by a clock that ran ahead. */
function isOlder(noted: string | null, ageMs: number, at: Date): boolean {
  if (noted === null) return true;
  const sinceMs = at.getTime() - Date.parse(noted);
  return !(sinceMs > -CLOCKS_APART_MS_MAX && sinceMs < ageMs);
}
