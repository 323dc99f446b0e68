import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { takeFileLock } from "#store/file-lock.ts";
import { instanceFolder, instanceLock, instancesIn } from "../../spool/files.ts";
import type { SpoolReach } from "../messages.ts";
import { interruptedEvent } from "./interrupted-event.ts";
import { SegmentReader } from "./segment-reader.ts";

const BATCH_EVENTS = 1_000;
/** Read before the first caller is let in: under three seconds of one processor. What is beyond counts as it is drained. */
const EVENTS_MAX = 100_000;

/**
 * Reads the requests that ended processes have left in this data folder, oldest process first. It reads those behind
 * `reach`, with the interrupted ones as they will be recorded. It only reads: nothing is removed, and processes that
 * live are left out. A folder that cannot be read is passed over, as when it is drained.
 */
export async function* readWaiting(
  dir: string,
  catalogue: () => Catalogue,
  reach: SpoolReach = [],
): AsyncGenerator<RequestEvent[]> {
  const reached = new Map(reach);
  let count = 0;
  for (const instance of instancesIn(dir).sort()) {
    const lock = takeFileLock(instanceLock(dir, instance));
    if (!(await lock.taken.catch(() => false))) continue;
    try {
      const reader = new SegmentReader(instanceFolder(dir, instance), true);
      const upTo = reached.get(instance);
      // What is in the database already is read for the beginnings of requests that have no end yet.
      while (upTo !== undefined && takeBatch(reader, upTo) !== null);
      for (let events = takeBatch(reader); events !== null && count < EVENTS_MAX; events = takeBatch(reader)) {
        count += events.length;
        yield events;
      }
      const { requests } = reader.opens.all();
      if (count < EVENTS_MAX) yield requests.map(({ open, started }) => interruptedEvent(open, started, catalogue()));
    } catch (error) {
      if (!(error instanceof Error && "syscall" in error && "path" in error)) throw error;
    } finally {
      lock.release();
    }
    if (count >= EVENTS_MAX) return;
  }
}

function takeBatch(reader: SegmentReader, upTo: SpoolReach[number][1] | null = null): RequestEvent[] | null {
  const batch = reader.next(BATCH_EVENTS, upTo);
  // Not `committed`: that would remove their segments.
  for (const event of batch?.events ?? []) reader.opens.closed(event.id);
  return batch?.events ?? null;
}
