import type { OpenRecord, StartedRecord } from "../spool-format.ts";

interface OpenRequest {
  open: OpenRecord;
  started: StartedRecord | null;
  segments: number[];
}

/** Requests that were opened and not yet closed, and the segments that must stay because they say so. */
export class OpenRequests {
  private readonly requests = new Map<string, OpenRequest>();
  private readonly counts = new Map<number, number>();

  opened(open: OpenRecord, segment: number): void {
    if (this.requests.has(open.id)) return;
    this.requests.set(open.id, { open, started: null, segments: [segment] });
    this.count(segment, 1);
  }

  /** Without its beginning (which found no room on the disk) a record of the answer tells nothing. */
  started(started: StartedRecord, segment: number): void {
    const request = this.requests.get(started.id);
    if (!request || request.started) return;
    request.started = started;
    request.segments.push(segment);
    this.count(segment, 1);
  }

  closed(id: string): void {
    const request = this.requests.get(id);
    if (!request) return;
    this.requests.delete(id);
    for (const segment of request.segments) this.count(segment, -1);
  }

  areIn(segment: number): boolean {
    return this.counts.has(segment);
  }

  all(): OpenRequest[] {
    return [...this.requests.values()];
  }

  private count(segment: number, change: number): void {
    const count = (this.counts.get(segment) ?? 0) + change;
    if (count === 0) this.counts.delete(segment);
    else this.counts.set(segment, count);
  }
}
