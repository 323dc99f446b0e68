import type { ShownBatch } from "#core/batches/shown-batch.ts";

const BATCHES_MAX = 10_000;

/** What answers that passed have said of batches: the newest ten thousand that were named. */
export class KnownBatches {
  private readonly batches = new Map<string, ShownBatch>();

  /** Returns whether it says something new. A batch that has ended stays so. */
  note(batch: ShownBatch): boolean {
    const before = this.batches.get(batch.id);
    const isNew = before === undefined || (before.state === "pending" && batch.state === "ended");
    this.batches.delete(batch.id);
    this.batches.set(batch.id, before?.state === "ended" ? before : batch);
    const [oldest] = this.batches.size > BATCHES_MAX ? this.batches.keys() : [];
    if (oldest !== undefined) this.batches.delete(oldest);
    return isNew;
  }

  find(id: string): ShownBatch | null {
    return this.batches.get(id) ?? null;
  }
}
