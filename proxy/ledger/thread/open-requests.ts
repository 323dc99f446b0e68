import { parseRecord, type StartedRecord } from "../../spool/format.ts";
import type { OpenRecord } from "../../spool/records.ts";

const RENEW_AFTER = 200;

interface Waiting {
  /** The records as they stood in the spool. */
  open: Buffer;
  started: Buffer | null;
  segments: number[];
}

interface OpenRequest {
  open: OpenRecord;
  started: StartedRecord | null;
}

/**
 * Requests that were opened and not yet closed, and the segments that must stay because they say so. Nearly all of them are
 * closed a moment later, so their records are kept as bytes and parsed only when their process has died.
 */
export class OpenRequests {
  private requests = new Map<string, Waiting>();
  private closedSince = 0;
  /** Ends that came another way before their beginnings were read here. */
  private readonly closedEarly = new Set<string>();
  private readonly counts = new Map<number, number>();

  opened(id: string, json: Buffer, segment: number): void {
    if (this.requests.has(id) || this.closedEarly.delete(id)) return;
    this.requests.set(id, { open: Buffer.from(json), started: null, segments: [segment] });
    this.count(segment, 1);
  }

  /** Without its beginning (which found no room on the disk) a record of the answer is of no use. */
  started(id: string, json: Buffer, segment: number): void {
    const request = this.requests.get(id);
    if (!request || request.started) return;
    request.started = Buffer.from(json);
    request.segments.push(segment);
    this.count(segment, 1);
  }

  closed(id: string): void {
    const request = this.requests.get(id);
    if (!request) return;
    this.requests.delete(id);
    for (const segment of request.segments) this.count(segment, -1);
    this.closedSince += 1;
    if (this.closedSince > RENEW_AFTER && this.closedSince > this.requests.size) this.renew();
  }

  /**
   * Notes a request whose end was handed to the database past the segments. The segments may hold its beginning unread.
   * A beginning that is read later must not count as a request that is still open. Otherwise its segment would stay for
   * as long as the process lives.
   */
  closedElsewhere(id: string): void {
    if (this.requests.has(id)) this.closed(id);
    else this.closedEarly.add(id);
  }

  /**
   * Notes that the end of the newest segment was reached. A beginning written before its end was handed over has been
   * read by now.
   */
  allRead(): void {
    this.closedEarly.clear();
  }

  /**
   * A map leaves its tables behind as it goes, each with what it held: see `LinkedList` of the proxy. A new one begins
   * without.
   */
  private renew(): void {
    this.requests = new Map(this.requests);
    this.closedSince = 0;
  }

  areIn(segment: number): boolean {
    return this.counts.has(segment);
  }

  /** `bad`: records that were whole, and still say nothing. */
  all(): { requests: OpenRequest[]; bad: Buffer[] } {
    const requests: OpenRequest[] = [];
    const bad: Buffer[] = [];
    for (const { open: openJson, started: startedJson } of this.requests.values()) {
      const open = parseRecord(openJson);
      const started = startedJson && parseRecord(startedJson);
      if (!open || !("open" in open)) bad.push(openJson);
      else requests.push({ open: open.open, started: started && "started" in started ? started.started : null });
    }
    return { requests, bad };
  }

  private count(segment: number, change: number): void {
    const count = (this.counts.get(segment) ?? 0) + change;
    if (count === 0) this.counts.delete(segment);
    else this.counts.set(segment, count);
  }
}
