import { closeSync, fstatSync, openSync, readSync, rmSync } from "node:fs";
import { EVENT_SCHEMA_VERSION } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { isBefore, type SpoolPosition, segmentFile, segmentNumbers } from "../../spool/files.ts";
import { decodeRecord, findRecord, parseRecord, RECORD_BYTES_MAX } from "../../spool/format.ts";
import { OpenRequests } from "./open-requests.ts";

/** What was read in one go: to be committed, then acknowledged with `committed`. */
export interface SpoolBatch {
  events: RequestEvent[];
  /** Bytes that were no record. */
  bad: Buffer[];
  /** Where reading stopped: once the batch is committed, the database has everything before it. */
  end: SpoolPosition;
}

const CHUNK_BYTES = 1024 * 1024;
const QUOTE = 0x22;
/** How our writer begins them; records spelt otherwise are parsed. */
const OPEN = Buffer.from(`["open",${EVENT_SCHEMA_VERSION},"`);
const STARTED = Buffer.from('{"started":{"id":"');

/**
 * Reads the segments of one instance, oldest first, following the one that is still being written. Remembers its place in
 * memory only: after a restart everything that is left is read again, which the database notices by the events' ids.
 */
export class SegmentReader {
  readonly opens = new OpenRequests();
  private at: SpoolPosition = { segment: 0, offset: 0 };
  private committedTo: SpoolPosition = { segment: 0, offset: 0 };

  /** `isFinal`: the instance is gone, so the newest segment has no more to come either. */
  constructor(
    private readonly folder: string,
    private readonly isFinal: boolean,
  ) {}

  /** The database has everything before this place. */
  get reached(): SpoolPosition {
    return this.committedTo;
  }

  /**
   * At most `limit` events, and none behind `until`; null when there is nothing new. After a failure, the same is read
   * again.
   */
  next(limit: number, until: SpoolPosition | null = null): SpoolBatch | null {
    const from = this.at;
    const batch: SpoolBatch = { events: [], bad: [], end: from };
    try {
      this.fill(batch, limit, until);
    } catch (error) {
      this.at = from;
      throw error;
    }
    batch.end = this.at;
    const hasMoved = this.at.segment !== from.segment || this.at.offset !== from.offset;
    return hasMoved ? batch : null;
  }

  private fill(batch: SpoolBatch, limit: number, until: SpoolPosition | null): void {
    while (batch.events.length < limit) {
      const before = this.at;
      if (until !== null && !isBefore(before, until)) break;
      // Looked up first: what the older file holds after this moment cannot grow any more.
      const later = segmentNumbers(this.folder).find((number) => number > before.segment);
      const isClosed = later !== undefined || this.isFinal;
      if (before.segment > 0) this.readSome(batch, limit, isClosed, until);
      if (this.at.offset !== before.offset) continue;
      if (later === undefined && batch.events.length < limit) this.opens.allRead();
      if (later === undefined || batch.events.length >= limit) break;
      this.at = { segment: later, offset: 0 };
    }
  }

  /** The batch is in the database: removes segments that nothing is waiting for any more. */
  committed(batch: SpoolBatch): void {
    this.committedTo = batch.end;
    for (const event of batch.events) this.opens.closed(event.id);
    this.removeSettled();
  }

  /** Requests whose end has come another way: removes segments that only they were waiting for. */
  closedElsewhere(events: readonly RequestEvent[]): void {
    for (const event of events) this.opens.closedElsewhere(event.id);
    this.removeSettled();
  }

  private removeSettled(): void {
    for (const number of segmentNumbers(this.folder)) {
      const isRead = number < this.committedTo.segment;
      if (isRead && !this.opens.areIn(number)) rmSync(segmentFile(this.folder, number), { force: true });
    }
  }

  private readSome(batch: SpoolBatch, limit: number, isClosed: boolean, until: SpoolPosition | null): void {
    const { segment } = this.at;
    const read = readFrom(segmentFile(this.folder, segment), this.at.offset, CHUNK_BYTES + RECORD_BYTES_MAX);
    // A full chunk may cut a record that the file holds whole.
    const isAll = read.length < CHUNK_BYTES + RECORD_BYTES_MAX;
    const bytes = until?.segment === segment ? read.subarray(0, until.offset - this.at.offset) : read;
    let start = 0;
    while (start < bytes.length && batch.events.length < limit) {
      const found = findRecord(bytes, start, isClosed && isAll);
      if (found.kind === "incomplete") {
        // Sets aside a full chunk without a record end, since no record is that long. It is no record, and what comes
        // behind it must not be given up with it.
        if (start === 0 && !isAll) start = this.setAside(bytes, CHUNK_BYTES, batch);
        // A torn tail, at the end of a file that will not grow. Its writer died before it could say "done".
        break;
      }
      if (found.kind === "bad" || !this.take(found.json, segment, batch))
        batch.bad.push(Buffer.from(bytes.subarray(start, found.end)));
      start = found.end;
    }
    this.at = { segment, offset: this.at.offset + start };
  }

  private setAside(bytes: Buffer, end: number, batch: SpoolBatch): number {
    batch.bad.push(Buffer.from(bytes.subarray(0, end)));
    return end;
  }

  /** False when it is no record of ours. Only what ends a request is parsed; see `OpenRequests`. */
  private take(json: Buffer, segment: number, batch: SpoolBatch): boolean {
    const opened = idAfter(OPEN, json);
    if (opened !== null) this.opens.opened(opened, json, segment);
    const started = opened === null ? idAfter(STARTED, json) : null;
    if (started !== null) this.opens.started(started, json, segment);
    if (opened !== null || started !== null) return true;
    const record = parseRecord(json);
    if (record === null) return false;
    if ("close" in record) batch.events.push(record.close);
    else if ("open" in record) this.opens.opened(record.open.id, json, segment);
    else this.opens.started(record.started.id, json, segment);
    return true;
  }
}

/** The id that follows, where the JSON begins so. Our ids need no escapes; one that had some would be parsed. */
function idAfter(beginning: Buffer, json: Buffer): string | null {
  if (beginning.compare(json, 0, beginning.length) !== 0) return null;
  const id = json.toString("latin1", beginning.length, json.indexOf(QUOTE, beginning.length));
  return /^[\w-]+$/.test(id) ? id : null;
}

function readFrom(path: string, offset: number, bytesMax: number): Buffer {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    // Another process that took over the same dead instance has drained and removed it.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
  try {
    const wanted = Math.min(bytesMax, fstatSync(fd).size - offset);
    if (wanted <= 0) return Buffer.alloc(0);
    const bytes = Buffer.allocUnsafe(wanted);
    return bytes.subarray(0, readSync(fd, bytes, 0, wanted, offset));
  } finally {
    closeSync(fd);
  }
}

/** What lines of a spool say that never came to be in a file. */
export function readLines(bytes: Buffer): Pick<SpoolBatch, "events" | "bad"> {
  const found: Pick<SpoolBatch, "events" | "bad"> = { events: [], bad: [] };
  for (let start = 0; start < bytes.length; ) {
    const next = decodeRecord(bytes, start, true);
    const end = next.kind === "incomplete" ? bytes.length : next.end;
    if (next.kind === "record" && "close" in next.record) found.events.push(next.record.close);
    else found.bad.push(Buffer.from(bytes.subarray(start, end)));
    start = end;
  }
  return found;
}
