import { instancesIn, isBefore, type SpoolPosition } from "../../spool/files.ts";
import type { SpoolReach } from "../messages.ts";

/**
 * How much the database has of each spool in a data folder. A place is never taken back: what is read again after a
 * start, or after a worker has died, is recorded all the same. Short because it outlives the readers of single spools.
 */
export class SpoolProgress {
  private readonly places: Map<string, SpoolPosition>;

  /** `before`: what was known when sums were kept last. */
  constructor(
    private readonly dir: string,
    before: SpoolReach,
  ) {
    this.places = new Map(before);
  }

  /** Takes in how far readers are; the places of all spools that are still there. */
  with(readers: SpoolReach): SpoolReach {
    for (const [instance, upTo] of readers) {
      const before = this.places.get(instance);
      if (before === undefined || isBefore(before, upTo)) this.places.set(instance, upTo);
    }
    const there = new Set(instancesIn(this.dir));
    for (const instance of this.places.keys()) if (!there.has(instance)) this.places.delete(instance);
    return [...this.places];
  }
}
