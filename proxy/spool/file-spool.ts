import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { keepDiskReserve } from "./disk-reserve.ts";
import type { SpoolPosition } from "./files.ts";
import { encodeRecord, RECORD_BYTES_MAX, type SpoolRecord, type StartedRecord } from "./format.ts";
import { SpoolRing } from "./overflow-buffer.ts";
import type { OpenRecord } from "./records.ts";
import { systemIo } from "./segment.ts";
import type { Spool, SpoolBacklog, SpoolOptions, SpoolState } from "./spool.ts";
import { type SpoolBatch, SpoolTurn } from "./write-batch.ts";
import { SpoolWriter } from "./writer.ts";

const RETRY_MS = 100;
const SEGMENT_BYTES_MAX = 4 * 1024 * 1024;
const BACKLOG_BYTES_MAX = 512 * 1024 * 1024;
const SYNC_EVERY_MS = 50;
const RING_MAX = 10_000;
const HAND_OVER_MAX = 500;
/** Longer, and the disk may have room again. */
const HAND_OVER_WITHIN_MS = 5_000;
const RESERVE_BYTES = 64 * 1024 * 1024;
const RESERVE_AFTER_MS = 30_000;

/** Records in segments on disk, written turn by turn; what finds no room waits in memory. */
export class FileSpool implements Spool {
  private readonly writer: SpoolWriter;
  private readonly diskReserve;
  private readonly ring: SpoolRing;
  private ringTriedTick = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | null = null;
  private taker: ((lines: Buffer, isLast: boolean) => Promise<boolean>) | null = null;
  private writing: SpoolState = "ok";
  private reportedState: SpoolState = "ok";
  private readonly turn = new SpoolTurn((batch) => this.writeTurn(batch));

  constructor(
    private readonly options: SpoolOptions,
    folder: string,
    private readonly releaseLock: () => void,
  ) {
    const { dir, reserveBytes = RESERVE_BYTES, reserveAfterMs = RESERVE_AFTER_MS } = options;
    this.ring = new SpoolRing(options.ringMax ?? RING_MAX);
    this.diskReserve = keepDiskReserve(dir, reserveBytes, reserveAfterMs);
    this.writer = new SpoolWriter(options.io ?? systemIo, folder);
  }

  open(record: OpenRecord): void {
    this.append({ open: record });
  }

  openInTurn(record: OpenRecord): Promise<void> {
    return this.turn.add(encodeRecord({ open: record }), false);
  }

  started(record: StartedRecord): void {
    this.append({ started: record });
  }

  close(event: RequestEvent): void {
    this.append({ close: event });
  }

  closeInTurn(event: RequestEvent): Promise<void> {
    return this.turn.add(encodeRecord({ close: event }), true);
  }

  backlog(): SpoolBacklog {
    const { bytes, dropped, sinceTick } = this.ring;
    const { backlog } = this.writer;
    const oldest = [backlog.oldestTick(), sinceTick].filter((tick) => tick !== null);
    return {
      bytes: bytes + backlog.bytes(),
      // The age is right also when the wall clock was changed meanwhile.
      oldestMs: oldest.length === 0 ? null : Math.round(Date.now() - (performance.now() - Math.min(...oldest))),
      dropped,
      state: this.state,
    };
  }

  noteDrained(position: SpoolPosition): void {
    this.writer.backlog.drained(position);
  }

  handOverTo(take: (lines: Buffer, isLast: boolean) => Promise<boolean>): void {
    this.taker = take;
  }

  async sync(): Promise<void> {
    this.turn.end();
    this.flushRing(true);
    await this.writer.sync();
  }

  async end(mayGoOn: () => boolean = () => false): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.turn.end();
    this.ring.callBack();
    while (!this.flushRing(true)) {
      if (await this.handOver(true)) continue;
      if (!mayGoOn()) break;
      await wait(RETRY_MS);
    }
    this.ring.giveUp();
    await this.writer.end();
    this.releaseLock();
  }

  private get state(): SpoolState {
    return this.writing === "ok" && this.writer.isSyncFailing ? "failing" : this.writing;
  }

  private append(record: SpoolRecord): void {
    this.turn.end();
    this.appendLine(encodeRecord(record), "close" in record);
  }

  private writeTurn({ lines, all }: SpoolBatch): void {
    if (all.length <= RECORD_BYTES_MAX && this.flushRing(false) && this.write(all)) return;
    let start = 0;
    for (const { end, isEnd } of lines) {
      this.appendLine(all.subarray(start, end), isEnd);
      start = end;
    }
  }

  private appendLine(line: Buffer, isEnd: boolean): void {
    // What was held back goes first; while it does not fit, neither does this.
    if (line.length <= RECORD_BYTES_MAX && this.flushRing(false) && this.write(line)) return;
    // Drop the beginning of a request here, since it is of no use in memory without its end. It would not survive what
    // it is for.
    if (!isEnd) return;
    if (line.length > RECORD_BYTES_MAX) this.ring.dropped += 1;
    else this.ring.hold(line, performance.now());
    this.wake(RETRY_MS);
  }

  /** False while lines are still held in memory. A full disk is tried ten times a second, not at every request. */
  private flushRing(isForced: boolean): boolean {
    if (this.ring.isEmpty) return true;
    const tick = performance.now();
    if (!isForced && tick - this.ringTriedTick < RETRY_MS) return false;
    this.ringTriedTick = tick;
    return this.ring.empty((line) => this.write(line));
  }

  private write(line: Buffer): boolean {
    this.writing = this.tryToWrite(line);
    this.reportState();
    if (this.writing !== "ok") return false;
    this.wake(this.options.syncEveryMs ?? SYNC_EVERY_MS);
    return true;
  }

  private tryToWrite(line: Buffer): SpoolState {
    const { writer } = this;
    const { segmentBytesMax = SEGMENT_BYTES_MAX, backlogBytesMax = BACKLOG_BYTES_MAX } = this.options;
    if (writer.needsNewSegment(line.length, segmentBytesMax)) {
      if (writer.backlog.bytes() + segmentBytesMax > backlogBytesMax) return "backlog-full";
      writer.rotate();
    }
    let outcome = writer.append(line);
    if (outcome === "full" && this.diskReserve.free()) outcome = writer.append(line);
    // The ledger removes whole files only: the one that is being written must not keep the room it takes.
    if (outcome === "full" && !writer.isEmpty && writer.rotate()) outcome = writer.append(line);
    if (outcome === "broken" && writer.rotate()) outcome = writer.append(line);
    return outcome === "ok" ? "ok" : outcome === "full" ? "disk-full" : "failing";
  }

  private reportState(): void {
    const { state } = this;
    if (state === this.reportedState) return;
    this.reportedState = state;
    this.options.onState?.(this.backlog());
  }

  /** A disk without room is no reason to lose what the database would take. */
  private async handOver(isLast = false): Promise<boolean> {
    const loan = this.taker && this.ring.lend(HAND_OVER_MAX);
    if (this.taker === null || loan === null) return false;
    const tooLate = wait(HAND_OVER_WITHIN_MS, false, { ref: false });
    const isTaken = await Promise.race([this.taker(loan.lines, isLast), tooLate]).catch(() => false);
    this.ring.settle(loan, isTaken);
    return isTaken;
  }

  /** One timer for both chores: syncing what was written, and trying again what was not. */
  private wake(afterMs: number): void {
    this.timer ??= setTimeout(() => void this.chores(), afterMs).unref();
  }

  private async chores(): Promise<void> {
    this.timer = null;
    if (!this.flushRing(true)) void this.handOver();
    await this.writer.syncInTurn();
    this.reportState();
    if (this.writer.isDirty) this.wake(this.options.syncEveryMs ?? SYNC_EVERY_MS);
    else if (!this.ring.isEmpty) this.wake(RETRY_MS);
  }
}
