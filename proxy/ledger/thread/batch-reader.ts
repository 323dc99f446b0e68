import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import type { SegmentReader, SpoolBatch } from "./segment-reader.ts";

/** Events read in one go while a commit is under way: its answers wait for no more than that. */
const SLICE_EVENTS = 500;
/** The statements before the long one, and writing that one, take less. */
const FIRST_SLICE_AFTER_MS = 15;

/** Whether the database works beside this thread; one that works in it gains nothing by what is read ahead. */
export interface Draining {
  readsAhead: boolean;
}

/** Reads the spool of one instance batch by batch: what could not be committed comes again, and nothing overtakes it. */
export class BatchReader {
  /** Read, and not yet committed. */
  private batch: SpoolBatch | null = null;
  /** What follows it, read while it was being committed. */
  private ahead: SpoolBatch | null = null;

  constructor(
    readonly reader: SegmentReader,
    private readonly limit: number,
  ) {}

  /** Commits the next events; how many they were, null when there is nothing to commit. */
  async step(commit: (batch: SpoolBatch) => Promise<void>, { readsAhead }: Draining): Promise<number | null> {
    this.batch ??= this.ahead ?? this.reader.next(this.limit);
    if (this.batch === this.ahead) this.ahead = null;
    const { batch } = this;
    if (batch === null) return null;
    // Behind a batch that is not full, there is nothing.
    const isAhead = readsAhead && batch.events.length >= this.limit;
    const state = { isDone: false };
    const committed = commit(batch).finally(() => {
      state.isDone = true;
    });
    const [commits, reads] = await Promise.allSettled([committed, isAhead ? this.readAhead(state) : null]);
    if (commits.status === "rejected") throw commits.reason;
    this.reader.committed(batch);
    this.batch = null;
    if (reads.status === "rejected") throw reads.reason;
    return batch.events.length;
  }

  private async readAhead(state: { readonly isDone: boolean }): Promise<void> {
    await wait(FIRST_SLICE_AFTER_MS);
    while (!state.isDone) {
      const missing = this.limit - (this.ahead?.events.length ?? 0);
      const slice = missing > 0 ? this.reader.next(Math.min(missing, SLICE_EVENTS)) : null;
      if (slice === null) return;
      this.ahead = this.ahead === null ? slice : joined(this.ahead, slice);
      await nextTurn();
    }
  }
}

const joined = (one: SpoolBatch, next: SpoolBatch): SpoolBatch => ({
  events: [...one.events, ...next.events],
  bad: [...one.bad, ...next.bad],
  end: next.end,
});
