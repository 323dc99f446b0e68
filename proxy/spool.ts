import { mkdirSync } from "node:fs";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { PriceContext, Usage } from "#core/costs/usage.ts";
import { takeFileLock } from "#store/file-lock.ts";
import { trackBacklog } from "./spool-backlog.ts";
import { keepBallast } from "./spool-ballast.ts";
import { ownerFolder, ownerLock, type SpoolPosition, segmentNumbers } from "./spool-files.ts";
import { encodeRecord, type OpenRecord, RECORD_BYTES_MAX, type SpoolRecord } from "./spool-format.ts";
import {
  appendTo,
  closeSegment,
  createSegment,
  type Segment,
  type SpoolIo,
  syncSegment,
  systemIo,
} from "./spool-segment.ts";

export type { OpenRecord } from "./spool-format.ts";

/**
 * The proxy's own record of every request, on disk before the client sees the end of the answer. Appending is synchronous
 * (microseconds) and never throws: `kill -9` at any moment loses nothing that was closed, and loss of power at most the
 * last 50 ms.
 */
export interface Spool {
  /** Before the request is sent upstream: if the process dies now, the request is still seen. */
  open(record: OpenRecord): void;
  /** When the answer begins: an interrupted request keeps its exact input. */
  started(
    id: string,
    usage: Usage,
    context: PriceContext,
    answeredModel: string | null,
    upstreamRequestId: string | null,
  ): void;
  /** Before the last byte reaches the client. */
  close(event: RequestEvent): void;
  backlog(): SpoolBacklog;
  /** Resolves when everything appended so far would survive a loss of power. */
  sync(): Promise<void>;
  /** The ledger's report: up to here the database has it. */
  noteDrained(position: SpoolPosition): void;
  /** Syncs, closes, and gives the segments up to whoever drains them. Nothing may be appended afterwards. */
  end(): Promise<void>;
}

export interface SpoolBacklog {
  /** Not yet in the database. */
  bytes: number;
  /** When the oldest record not yet in the database was written, epoch ms; null when there is none. */
  oldestMs: number | null;
  /** Requests lost for good since the start, because disk and memory were full. */
  dropped: number;
  /** `disk-full`: held in memory until there is room. `failing`: the last write or sync was refused. */
  state: "ok" | "disk-full" | "failing";
}

export interface SpoolOptions {
  /** The folder all instances share; made when missing. */
  dir: string;
  instanceId: string;
  segmentBytesMax?: number;
  syncEveryMs?: number;
  ringMax?: number;
  ballastBytes?: number;
  ballastAfterMs?: number;
  io?: SpoolIo;
}

/** Throws when the folder cannot be made or written: a proxy that cannot account for requests must not serve them. */
export function openSpool(options: SpoolOptions): Spool {
  const folder = ownerFolder(options.dir, options.instanceId);
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  // The lock comes before the folder: a folder without a living owner is taken over by whoever finds it.
  const lock = takeFileLock(ownerLock(options.dir, options.instanceId));
  lock.taken.catch(() => {}); // the name is ours alone; should locking fail, serving goes on and nothing is taken over
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return new FileSpool(options, folder, lock.release);
}

const RETRY_MS = 100;

class FileSpool implements Spool {
  private readonly io: SpoolIo;
  private readonly backlogOf = trackBacklog();
  private readonly ballast;
  private segment: Segment;
  private timer: NodeJS.Timeout | null = null;
  /** Closed requests that found no room on the disk, oldest first. */
  private ring: Buffer[] = [];
  private ringTriedAtMs = 0;
  private dropped = 0;
  private writing: SpoolBacklog["state"] = "ok";
  private isSyncFailing = false;
  /** The disk refused this file once: it is never written or synced again. */
  private isBroken = false;
  private lastNumber: number;
  private readonly closing = new Set<Promise<boolean>>();

  constructor(
    private readonly options: SpoolOptions,
    private readonly folder: string,
    private readonly releaseLock: () => void,
  ) {
    this.io = options.io ?? systemIo;
    this.ballast = keepBallast(options.dir, options.ballastBytes ?? 64 * 1024 * 1024, options.ballastAfterMs ?? 30_000);
    this.lastNumber = (segmentNumbers(folder).at(-1) ?? 0) + 1;
    this.segment = createSegment(this.io, folder, this.lastNumber);
  }

  open(record: OpenRecord): void {
    this.append({ open: record });
  }

  started(
    id: string,
    usage: Usage,
    context: PriceContext,
    answeredModel: string | null,
    upstreamRequestId: string | null,
  ) {
    this.append({ started: { id, atMs: Date.now(), usage, context, answeredModel, upstreamRequestId } });
  }

  close(event: RequestEvent): void {
    this.append({ close: event });
  }

  backlog(): SpoolBacklog {
    const bytes = this.ring.reduce((total, line) => total + line.length, this.backlogOf.bytes());
    const state = this.writing === "ok" && this.isSyncFailing ? "failing" : this.writing;
    return { bytes, oldestMs: this.backlogOf.oldestAtMs(), dropped: this.dropped, state };
  }

  noteDrained(position: SpoolPosition): void {
    this.backlogOf.drained(position);
  }

  async sync(): Promise<void> {
    this.flushRing(true);
    await syncSegment(this.io, this.segment);
  }

  async end(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.flushRing(true);
    this.dropped += this.ring.length;
    this.ring = [];
    await Promise.all([closeSegment(this.io, this.segment), ...this.closing]);
    this.releaseLock();
  }

  private append(record: SpoolRecord): void {
    const line = encodeRecord(record);
    // What was held back goes first; while it does not fit, neither does this.
    if (line.length <= RECORD_BYTES_MAX && this.flushRing(false) && this.write(line)) return;
    // Without its end, the beginning of a request is of no use in memory: it would not survive what it is for.
    if (!("close" in record)) return;
    if (line.length > RECORD_BYTES_MAX || this.ring.length >= (this.options.ringMax ?? 10_000)) this.dropped += 1;
    else this.ring.push(Buffer.from(line));
    this.wake(RETRY_MS);
  }

  /** False while lines are still held in memory. A full disk is tried ten times a second, not at every request. */
  private flushRing(isForced: boolean): boolean {
    if (this.ring.length === 0) return true;
    if (!isForced && Date.now() - this.ringTriedAtMs < RETRY_MS) return false;
    this.ringTriedAtMs = Date.now();
    let written = 0;
    for (const line of this.ring) {
      if (!this.write(line)) break;
      written += 1;
    }
    this.ring = this.ring.slice(written);
    return this.ring.length === 0;
  }

  private write(line: Buffer): boolean {
    const isFull =
      this.segment.size > 0 && this.segment.size + line.length > (this.options.segmentBytesMax ?? 4 * 1024 * 1024);
    if (isFull || this.isBroken) this.rotate();
    let outcome = this.appendHere(line);
    if (outcome === "full" && this.ballast.free()) outcome = this.appendHere(line);
    if (outcome === "broken" && this.rotate()) outcome = this.appendHere(line);
    this.writing = outcome === "ok" ? "ok" : outcome === "full" ? "disk-full" : "failing";
    if (outcome !== "ok") return false;
    this.wake(this.options.syncEveryMs ?? 50);
    return true;
  }

  private appendHere(line: Buffer) {
    if (this.isBroken) return "broken";
    const position = { segment: this.segment.number, offset: this.segment.size };
    const outcome = appendTo(this.io, this.segment, line);
    if (outcome === "ok") this.backlogOf.appended(position, line.length, Date.now());
    this.isBroken = outcome === "broken";
    return outcome;
  }

  /** The old file is final from the moment the new one exists. False when no new file can be made. */
  private rotate(): boolean {
    let next: Segment;
    try {
      this.lastNumber += 1;
      next = createSegment(this.io, this.folder, this.lastNumber);
    } catch {
      return false;
    }
    const closed = closeSegment(this.io, this.segment);
    this.closing.add(closed);
    void closed.then((isSynced) => {
      if (!isSynced) this.isSyncFailing = true;
      this.closing.delete(closed);
    });
    this.segment = next;
    this.isBroken = false;
    return true;
  }

  /** One timer for both chores: syncing what was written, and trying again what was not. */
  private wake(afterMs: number): void {
    this.timer ??= setTimeout(() => void this.chores(), afterMs).unref();
  }

  private async chores(): Promise<void> {
    this.timer = null;
    this.flushRing(true);
    const { segment } = this;
    if (segment.isDirty && !this.isBroken) {
      this.isSyncFailing = await syncSegment(this.io, segment).then(
        () => false,
        () => true,
      );
      if (this.isSyncFailing && segment === this.segment) this.isBroken = true;
    }
    if (this.segment.isDirty) this.wake(this.options.syncEveryMs ?? 50);
    else if (this.ring.length > 0) this.wake(RETRY_MS);
  }
}
