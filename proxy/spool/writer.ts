import { rmSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { trackBacklog } from "./backlog.ts";
import { segmentFile, segmentNumbers } from "./files.ts";
import {
  type Appended,
  appendTo,
  closeSegment,
  createSegment,
  type Segment,
  type SpoolIo,
  syncSegment,
} from "./segment.ts";

/** Writes the segments of one instance, one after the other. A file the disk refused once is left for good: never written or synced again. */
export class SpoolWriter {
  readonly backlog = trackBacklog();
  /** The last sync was refused: what it was for may not survive a loss of power. */
  isSyncFailing = false;
  private segment: Segment;
  private isBroken = false;
  private lastNumber: number;
  private readonly closing = new Set<Promise<void>>();

  constructor(
    private readonly io: SpoolIo,
    private readonly folder: string,
  ) {
    this.lastNumber = (segmentNumbers(folder).at(-1) ?? 0) + 1;
    this.segment = createSegment(io, folder, this.lastNumber);
  }

  /** Something is there that a sync would help. */
  get isDirty(): boolean {
    return this.segment.isDirty && !this.isBroken;
  }

  get isEmpty(): boolean {
    return this.segment.size === 0;
  }

  needsNewSegment(lineBytes: number, segmentBytesMax: number): boolean {
    const { size } = this.segment;
    return this.isBroken || (size > 0 && size + lineBytes > segmentBytesMax);
  }

  append(line: Buffer): Appended {
    if (this.isBroken) return "broken";
    const position = { segment: this.segment.number, offset: this.segment.size };
    const outcome = appendTo(this.io, this.segment, line);
    if (outcome === "ok") this.backlog.appended(position, line.length, performance.now());
    this.isBroken = outcome === "broken";
    return outcome;
  }

  /** The old file is final from the moment the new one exists. False when no new file can be made. */
  rotate(): boolean {
    let next: Segment;
    try {
      this.lastNumber += 1;
      next = createSegment(this.io, this.folder, this.lastNumber);
    } catch {
      return false;
    }
    this.leave(this.segment);
    this.segment = next;
    this.isBroken = false;
    return true;
  }

  /** Rejects when the disk refused. */
  sync(): Promise<void> {
    return syncSegment(this.io, this.segment);
  }

  /** What the timer does: a file whose sync is refused is left at once. */
  async syncInTurn(): Promise<void> {
    if (!this.isDirty) return;
    const { segment } = this;
    this.isSyncFailing = await syncSegment(this.io, segment).then(
      () => false,
      () => true,
    );
    if (!this.isSyncFailing || segment !== this.segment) return;
    this.isBroken = true;
    this.rotate();
  }

  async end(): Promise<void> {
    await Promise.all([closeSegment(this.io, this.segment), ...this.closing]);
  }

  private leave(segment: Segment): void {
    // A disk that refuses every write would otherwise be left an empty file at every try.
    if (segment.size === 0) rmSync(segmentFile(this.folder, segment.number), { force: true });
    const closed = closeSegment(this.io, segment).then((isSynced) => {
      if (!isSynced) this.isSyncFailing = true;
      this.closing.delete(closed);
    });
    this.closing.add(closed);
  }
}
