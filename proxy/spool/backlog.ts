import { isBefore, type SpoolPosition } from "./files.ts";

/** How much of the spool the database does not have yet. */
interface Backlog {
  appended(position: SpoolPosition, bytes: number, tick: number): void;
  drained(position: SpoolPosition): void;
  bytes(): number;
  /** When the oldest record that is not in the database was written, by the monotonic clock, to the second. */
  oldestTick(): number | null;
}

const MARK_EVERY_MS = 1000;

/** Tracks what the spool holds that is not in the database yet: bytes, and the oldest record's age. */
export function trackBacklog(): Backlog {
  /** Bytes written per segment; segments that are drained whole are forgotten. */
  const sizes = new Map<number, number>();
  let done: SpoolPosition = { segment: 0, offset: 0 };
  let latest: SpoolPosition = done;
  /** The end of the first record of each second: while it is ahead of `done`, that record waits. */
  let marks: { end: SpoolPosition; tick: number }[] = [];
  return {
    appended({ segment, offset }, bytes, tick) {
      const end = { segment, offset: offset + bytes };
      sizes.set(segment, end.offset);
      latest = end;
      const last = marks.at(-1);
      if (!last || tick - last.tick >= MARK_EVERY_MS) marks.push({ end, tick });
    },
    drained(position) {
      done = position;
      for (const number of sizes.keys()) if (number < position.segment) sizes.delete(number);
      const isAllDone = [...sizes].every(([number, size]) => number === position.segment && size <= position.offset);
      const seen = marks.filter((mark) => !isBefore(done, mark.end)).at(-1);
      marks = isAllDone ? [] : marks.filter((mark) => isBefore(done, mark.end));
      // The rest of that second is still waiting.
      if (!isAllDone && marks.length === 0 && seen) marks = [{ end: latest, tick: seen.tick }];
    },
    bytes() {
      let total = 0;
      for (const [number, size] of sizes) total += number === done.segment ? Math.max(0, size - done.offset) : size;
      return total;
    },
    oldestTick: () => marks[0]?.tick ?? null,
  };
}
