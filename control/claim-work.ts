import type { Actor } from "#core/access/actor.ts";
import type { SqlSource } from "#store/raw.ts";
import { readSetting, writeSetting } from "#store/settings.ts";
import type { ControlDeps } from "./deps.ts";
import { mutate } from "./mutate.ts";

/** Work that one of all instances does at a time, as noted in the settings. */
export interface SharedWork {
  /**
   * Settings with the instants at which the work was begun. The first is that of the newest work. The second is that of
   * the newest of those that were done.
   */
  begun: string;
  done: string;
  /**
   * Lease, after which work that was begun and is not done is free for another. It has then failed, or its process has
   * ended.
   */
  leaseMs: number;
}

/** Clocks of instances differ by less than this, unless one of them is wrong. */
const CLOCKS_APART_MS_MAX = 600_000;
/**
 * Tolerance: work is due this much before its time. A timer that starts it each day or hour is now and then some
 * seconds early (a systemd timer by up to a minute). A busy computer starts the process late one day and not the next.
 */
const EARLY_MS = 120_000;

/**
 * Takes the work for the caller when it is due. Of what was done, by any instance, none was begun within `everyMs`
 * (less two minutes), and none is being done. Resolves with the instant at which it was begun, for `finishWork`; null
 * when none is due. Of callers at the same time one gets it.
 */
export async function claimWork(
  actor: Actor,
  work: SharedWork,
  everyMs: number,
  deps: ControlDeps,
): Promise<Date | null> {
  const isDue = async (source: SqlSource, at: Date) => {
    const begun = await readSetting(source, work.begun);
    const done = await readSetting(source, work.done);
    // What is done is not under way, also when the next is due within the lease.
    return isOlder(done, everyMs - EARLY_MS, at) && (begun === done || isOlder(begun, work.leaseMs - EARLY_MS, at));
  };
  // Most looks end here: without a write that every instance would notice.
  if (!(await isDue(deps.db, deps.now()))) return null;
  return mutate(actor, deps, async (tx, at) => {
    if (!(await isDue(tx, at))) return null;
    await writeSetting(tx, work.begun, at.toISOString(), at);
    return at;
  });
}

/**
 * Notes that the claimed work was done, by the instant at which it was begun. Counted from its end, a timer that comes
 * at the same time each day would find it too new by as long as it took. It would do the work every second day.
 */
export const finishWork = (actor: Actor, work: SharedWork, begunAt: Date, deps: ControlDeps): Promise<void> =>
  mutate(actor, deps, (tx, at) => writeSetting(tx, work.done, begunAt.toISOString(), at));

/**
 * Whether a noted instant lies `ageMs` back, or there is none. One that is yet to come was noted by a clock that ran
 * ahead.
 */
function isOlder(noted: string | null, ageMs: number, at: Date): boolean {
  if (noted === null) return true;
  const sinceMs = at.getTime() - Date.parse(noted);
  return !(sinceMs > -CLOCKS_APART_MS_MAX && sinceMs < ageMs);
}
