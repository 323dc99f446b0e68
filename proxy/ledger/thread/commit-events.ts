import type { RequestEvent } from "#core/activity/request-event.ts";
import { isDataError } from "#store/database-errors.ts";
import { asStorable, eventProblem } from "#store/events.ts";
import { type Recorded, recordWithSums } from "#store/ledger-writes.ts";
import type { SqlConnection } from "#store/sql.ts";

export interface Poisoned {
  event: unknown;
  reason: string;
}

interface Committed {
  /** What is really new in the database, summed up. */
  quarters: Recorded["quarters"];
  /** Refused by the database, or never fit for it; everything else went in. */
  poisoned: Poisoned[];
}

/** Resolves when every event that can be stored is on the disk. Rejects when the database cannot write now: try again later. */
export async function commitEvents(connection: SqlConnection, events: readonly RequestEvent[]): Promise<Committed> {
  const poisoned: Poisoned[] = [];
  const sound = events.map(asStorable).filter((event) => {
    const reason = eventProblem(event);
    if (reason !== null) poisoned.push({ event, reason });
    return reason === null;
  });
  const stored = sound.length > 0 ? await storeAllBut(connection, sound) : { quarters: [], poisoned: [] };
  return { quarters: stored.quarters, poisoned: [...poisoned, ...stored.poisoned] };
}

/** One refused event refuses its whole batch, so the batch is halved until that event stands alone. */
async function storeAllBut(connection: SqlConnection, events: readonly RequestEvent[]): Promise<Committed> {
  try {
    return { quarters: (await recordWithSums(connection, events)).quarters, poisoned: [] };
  } catch (error) {
    if (!isDataError(error)) throw error;
    if (events.length === 1) return { quarters: [], poisoned: [{ event: events[0], reason: String(error) }] };
    const middle = Math.ceil(events.length / 2);
    const first = await storeAllBut(connection, events.slice(0, middle));
    const second = await storeAllBut(connection, events.slice(middle));
    return {
      quarters: [...first.quarters, ...second.quarters],
      poisoned: [...first.poisoned, ...second.poisoned],
    };
  }
}
