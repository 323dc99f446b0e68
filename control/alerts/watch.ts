import { describeClockDifference } from "../clock-difference.ts";
import type { ControlDeps } from "../deps.ts";
import { deliverAlerts } from "./deliver.ts";
import { LOOK_EVERY_MS, lookAtAlerts } from "./look.ts";

/** A message that failed is tried again, and quiet hours end, between two looks. */
const DELIVER_EVERY_MS = 5_000;

interface Watch {
  signal: AbortSignal;
  wait(ms: number): Promise<void>;
  /** A sentence about what did not work, said once until it works again; null then. */
  said(problem: string | null): void;
}

/**
 * Judges alerts and sends their messages until `signal` aborts. A database that is away is waited for; `open` is called at
 * each round, because the database may have been replaced.
 */
export async function watchAlerts(open: () => Promise<ControlDeps>, { signal, wait, said }: Watch): Promise<void> {
  let lookedTick = Number.NEGATIVE_INFINITY;
  let isFailing = false;
  let hasSaidDifference = false;
  while (!signal.aborted) {
    try {
      const deps = await open();
      const difference = describeClockDifference(deps.now().getTime(), (await deps.sharedNow()).getTime());
      if (difference !== null && !hasSaidDifference) said(`alerts go by the database's clock: ${difference}`);
      hasSaidDifference = difference !== null;
      const tick = performance.now();
      if (tick - lookedTick >= LOOK_EVERY_MS) {
        lookedTick = tick;
        await lookAtAlerts(deps);
      }
      await deliverAlerts(deps);
      if (isFailing) said(null);
      isFailing = false;
    } catch (error) {
      const message = error instanceof Error ? error.message.split("\n").at(-1) : String(error);
      if (!isFailing) said(`alerts cannot be judged at this moment: ${message}`);
      isFailing = true;
    }
    await wait(DELIVER_EVERY_MS);
  }
}
