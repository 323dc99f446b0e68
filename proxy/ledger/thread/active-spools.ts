import type { RequestEvent } from "#core/activity/request-event.ts";
import { instanceFolder } from "../../spool/files.ts";
import type { SpoolReach } from "../messages.ts";
import { SegmentReader, type SpoolBatch } from "./segment-reader.ts";

/** A spool that is being written, by this process or by another one of the same address. */
interface Living {
  instance: string;
  reader: SegmentReader;
  /** Read, and not yet committed. */
  batch: SpoolBatch | null;
}

/** The spools that are drained while they grow. */
export class ActiveSpools {
  private readonly living = new Map<string, Living>();

  constructor(private readonly dir: string) {}

  join(instance: string): void {
    if (this.living.has(instance)) return;
    const reader = new SegmentReader(instanceFolder(this.dir, instance), false);
    this.living.set(instance, { instance, reader, batch: null });
  }

  leave(instance: string): void {
    this.living.delete(instance);
  }

  /** Their end is in the database and will never come in the spool. */
  closedElsewhere(instance: string, events: readonly RequestEvent[]): void {
    this.living.get(instance)?.reader.closedElsewhere(events);
  }

  get names(): string[] {
    return [...this.living.keys()];
  }

  /** How much of each the database has. */
  get reached(): SpoolReach {
    return [...this.living.values()].map(({ instance, reader }) => [instance, reader.reached] as const);
  }

  has(instance: string): boolean {
    return this.living.has(instance);
  }

  /** Commits the next events of each, in turn; the number of events of the fullest batch. */
  async drain(limit: number, commit: (instance: string, batch: SpoolBatch) => Promise<void>): Promise<number> {
    let most = 0;
    for (const one of [...this.living.values()]) {
      one.batch ??= one.reader.next(limit);
      if (one.batch === null) continue;
      await commit(one.instance, one.batch);
      one.reader.committed(one.batch);
      most = Math.max(most, one.batch.events.length);
      one.batch = null;
    }
    return most;
  }
}
