import type { ShownBatch } from "#core/batches/shown-batch.ts";

const BATCHES_MAX = 10_000;

/** When batches were created, as answers that passed have said: the newest ten thousand that were named. */
export class KnownBatches {
  private readonly createdAtMs = new Map<string, number>();

  note({ id, createdAtMs }: ShownBatch): void {
    this.createdAtMs.delete(id);
    this.createdAtMs.set(id, createdAtMs);
    if (this.createdAtMs.size <= BATCHES_MAX) return;
    for (const oldest of this.createdAtMs.keys()) {
      this.createdAtMs.delete(oldest);
      return;
    }
  }

  find(id: string): ShownBatch | null {
    const createdAtMs = this.createdAtMs.get(id);
    return createdAtMs === undefined ? null : { id, createdAtMs };
  }
}
