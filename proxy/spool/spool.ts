import type { RequestEvent } from "#core/activity/request-event.ts";
import type { SpoolPosition } from "./files.ts";
import type { StartedRecord } from "./format.ts";
import type { OpenRecord } from "./records.ts";
import type { SpoolIo } from "./segment.ts";

/**
 * The proxy's own record of every request, on disk before the client sees the end of the answer. Appending never throws:
 * `kill -9` at any moment loses nothing that was written, and loss of power at most the last 50 ms. What is appended `InTurn`
 * is written in one go with everything else of this turn of the event loop, and has been when the promise resolves; the rest
 * is written at once.
 */
export interface Spool {
  /** Before the request is sent upstream: if the process dies then, the request is still seen. */
  open(record: OpenRecord): void;
  openInTurn(record: OpenRecord): Promise<void>;
  /** When the answer begins: an interrupted request keeps its exact input. */
  started(record: StartedRecord): void;
  /** Before the last byte reaches the client. */
  close(event: RequestEvent): void;
  closeInTurn(event: RequestEvent): Promise<void>;
  backlog(): SpoolBacklog;
  /** Resolves when everything appended so far would survive a loss of power. */
  sync(): Promise<void>;
  /** The ledger's report: up to here the database has it. */
  noteDrained(position: SpoolPosition): void;
  /**
   * Sets the taker of records that found no room on the disk. It gets them as lines of the spool, and resolves to true
   * when the database has them. `isLast` while the spool ends: then a database that was away a moment ago is tried
   * again.
   */
  handOverTo(take: (lines: Buffer, isLast: boolean) => Promise<boolean>): void;
  /**
   * Syncs, closes, and releases the segments to the process that drains them. Records in memory are offered to the disk and
   * to the taker in turn, as long as `mayGoOn` says (default: once); what is left then is counted as dropped. Nothing may be
   * appended afterwards.
   */
  end(mayGoOn?: () => boolean): Promise<void>;
}

export interface SpoolBacklog {
  /** Not yet in the database. */
  bytes: number;
  /** When the oldest record not yet in the database was written, epoch ms; null when there is none. */
  oldestMs: number | null;
  /** Requests lost for good since the start, because disk and memory were full. */
  dropped: number;
  state: SpoolState;
}

/**
 * `disk-full`: held in memory until there is room. `backlog-full`: the same, because the database has been behind for so
 * long that the spool has its greatest size. `failing`: the last write or sync was refused.
 */
export type SpoolState = "ok" | "disk-full" | "backlog-full" | "failing";

export interface SpoolOptions {
  /** The folder all instances share; made when missing. */
  dir: string;
  instanceId: string;
  segmentBytesMax?: number;
  /** What may wait for the database, to the segment. A database that is gone must not fill the machine's disk. */
  backlogBytesMax?: number;
  syncEveryMs?: number;
  ringMax?: number;
  reserveBytes?: number;
  reserveAfterMs?: number;
  io?: SpoolIo;
  /** Called when the state changes. */
  onState?: (backlog: SpoolBacklog) => void;
}
