import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { settingKey } from "#store/settings.ts";
import { claimWork, finishWork, type SharedWork } from "../claim-work.ts";
import type { ControlDeps } from "../deps.ts";

const BACKUPS: SharedWork = { begun: settingKey.backupBegun, done: settingKey.backupDone, leaseMs: 3_600_000 };

/** Takes the next backup for the caller when it is due, and resolves with when it was begun; see `claimWork`. */
export async function claimBackup(actor: Actor, everyMs: number, deps: ControlDeps): Promise<Date | null> {
  requirePermission(actor, "backup.make");
  return claimWork(actor, BACKUPS, everyMs, deps);
}

/** Notes that the claimed backup was made. */
export async function finishBackup(actor: Actor, begunAt: Date, deps: ControlDeps): Promise<void> {
  requirePermission(actor, "backup.make");
  await finishWork(actor, BACKUPS, begunAt, deps);
}
