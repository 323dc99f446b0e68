import { statSync } from "node:fs";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { instanceFolder, isBefore, type SpoolPosition, segmentFile, segmentNumbers } from "../../spool/files.ts";
import type { SpoolReach } from "../messages.ts";
import { BatchReader, type Draining } from "./batch-reader.ts";
import { SegmentReader, type SpoolBatch } from "./segment-reader.ts";

/** A spool that is being written, by this process or by another one of the same address. */
interface Living {
  instance: string;
  reader: SegmentReader;
  batches: BatchReader;
}

/** What is written and not in the database. */
export interface WaitingRecords {
  bytes: number;
  /** When the oldest of it was seen at the latest; null when nothing waits. */
  oldestMs: number | null;
}

/** Where the spools ended at a moment. */
interface Mark {
  atMs: number;
  ends: ReadonlyMap<string, SpoolPosition>;
}

/** An hour of marks each ten seconds; of an older backlog the beginning is kept. */
const MARKS_MAX = 360;

/** The spools that are drained while they grow. */
export class ActiveSpools {
  private readonly living = new Map<string, Living>();
  private marks: Mark[] = [];

  /** `limit`: the most events of a batch. */
  constructor(
    private readonly dir: string,
    private readonly limit: number,
  ) {}

  join(instance: string): void {
    if (this.living.has(instance)) return;
    const reader = new SegmentReader(instanceFolder(this.dir, instance), false);
    this.living.set(instance, { instance, reader, batches: new BatchReader(reader, this.limit) });
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

  /** Measures what waits. Ages are as exact as the time between two calls. */
  measureWaiting(nowMs: number): WaitingRecords {
    const ends = new Map<string, SpoolPosition>();
    let bytes = 0;
    for (const { instance, reader } of this.living.values()) {
      const { reached } = reader;
      const folder = instanceFolder(this.dir, instance);
      for (const segment of segmentNumbers(folder).filter((number) => number >= reached.segment)) {
        const size = statSync(segmentFile(folder, segment), { throwIfNoEntry: false })?.size ?? 0;
        bytes += Math.max(0, size - (segment === reached.segment ? reached.offset : 0));
        ends.set(instance, { segment, offset: size });
      }
    }
    this.marks = this.marks.filter(({ ends: then }) => this.waitFor(then));
    if (bytes === 0) this.marks = [];
    else if (this.marks.length < MARKS_MAX) this.marks.push({ atMs: nowMs, ends });
    return { bytes, oldestMs: this.marks[0]?.atMs ?? null };
  }

  /** Whether the database does not have all that was written up to these places. */
  private waitFor(ends: ReadonlyMap<string, SpoolPosition>): boolean {
    return [...ends].some(([instance, end]) => {
      const reached = this.living.get(instance)?.reader.reached;
      return reached !== undefined && isBefore(reached, end);
    });
  }

  has(instance: string): boolean {
    return this.living.has(instance);
  }

  /** Commits the next events of each, in turn; the number of events of the fullest batch. */
  async drain(draining: Draining, commit: (instance: string, batch: SpoolBatch) => Promise<void>): Promise<number> {
    let most = 0;
    for (const { instance, batches } of [...this.living.values()]) {
      const count = await batches.step((batch) => commit(instance, batch), draining);
      most = Math.max(most, count ?? 0);
    }
    return most;
  }
}
