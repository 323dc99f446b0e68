import type { RequestEvent } from "#core/activity/request-event.ts";
import { ownerFolder } from "../../spool/files.ts";
import { SegmentReader, type SpoolBatch } from "./segment-reader.ts";

/** A spool that is being written, by this process or by another one of the same address. */
interface Living {
  owner: string;
  reader: SegmentReader;
  /** Read, and not yet committed. */
  batch: SpoolBatch | null;
}

/** The spools that are drained while they grow. */
export class LivingOwners {
  private readonly living = new Map<string, Living>();

  constructor(private readonly dir: string) {}

  join(owner: string): void {
    if (this.living.has(owner)) return;
    const reader = new SegmentReader(ownerFolder(this.dir, owner), false);
    this.living.set(owner, { owner, reader, batch: null });
  }

  leave(owner: string): void {
    this.living.delete(owner);
  }

  /** Their end is in the database and will never come in the spool. */
  closed(owner: string, events: readonly RequestEvent[]): void {
    this.living.get(owner)?.reader.closed(events);
  }

  get names(): string[] {
    return [...this.living.keys()];
  }

  has(owner: string): boolean {
    return this.living.has(owner);
  }

  /** Commits the next events of each, in turn; the number of events of the fullest batch. */
  async drain(limit: number, commit: (owner: string, batch: SpoolBatch) => Promise<void>): Promise<number> {
    let most = 0;
    for (const one of [...this.living.values()]) {
      one.batch ??= one.reader.next(limit);
      if (one.batch === null) continue;
      await commit(one.owner, one.batch);
      one.reader.committed(one.batch);
      most = Math.max(most, one.batch.events.length);
      one.batch = null;
    }
    return most;
  }
}
