import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { StringDecoder } from "node:string_decoder";

/** What came in, in the order it came. */
export interface RecordedRequest {
  method: string;
  /** Path and query as received. */
  path: string;
  headers: Record<string, string>;
  /** Name and value pairs as received, repeated headers included. */
  rawHeaders: [name: string, value: string][];
  bodyBytes: number;
  bodySha256: string;
  /** Kept up to one megabyte; null when it was larger. */
  body: Buffer | null;
  atMs: number;
}

export interface ServedCount {
  received: number;
  /** Answered to the last byte. */
  completed: number;
}

const KEPT_MAX = 5_000;
const BODY_KEPT_MAX = 2 * 1024 * 1024;

/** Remembers the latest requests, and counts requests per `x-mock-id`, so that tests can prove "sent once". */
export class Recorder {
  readonly requests: RecordedRequest[] = [];
  readonly served = new Map<string, ServedCount>();
  total = 0;

  constructor(public isKeeping: boolean) {}

  note(req: IncomingMessage, res: ServerResponse, body: Buffer): void {
    this.total += 1;
    const id = req.headers["x-mock-id"];
    if (typeof id === "string") this.count(id, res);
    if (!this.isKeeping) return;
    this.requests.push(recorded(req, body));
    if (this.requests.length > KEPT_MAX) this.requests.shift();
  }

  reset(): void {
    this.requests.length = 0;
    this.served.clear();
    this.total = 0;
  }

  private count(id: string, res: ServerResponse): void {
    const count = this.served.get(id) ?? { received: 0, completed: 0 };
    count.received += 1;
    this.served.set(id, count);
    res.once("finish", () => {
      count.completed += 1;
    });
  }
}

function recorded(req: IncomingMessage, body: Buffer): RecordedRequest {
  const rawHeaders: [string, string][] = [];
  for (let at = 0; at + 1 < req.rawHeaders.length; at += 2)
    rawHeaders.push([req.rawHeaders[at] ?? "", req.rawHeaders[at + 1] ?? ""]);
  return {
    method: req.method ?? "",
    path: req.url ?? "",
    headers: Object.fromEntries(rawHeaders.map(([name, value]) => [name.toLowerCase(), value])),
    rawHeaders,
    bodyBytes: body.length,
    bodySha256: createHash("sha256").update(body).digest("hex"),
    body: body.length <= BODY_KEPT_MAX ? body : null,
    atMs: Date.now(),
  };
}

/** The recorded requests as `GET /__mock/requests` shows them; a body that is not UTF-8 is left to its hash. */
export function shownRequests(recorder: Recorder, withBodies: boolean) {
  return {
    total: recorder.total,
    requests: recorder.requests.map(({ body, ...rest }) => ({
      ...rest,
      ...(withBodies && body !== null ? { body: new StringDecoder("utf8").end(body) } : {}),
    })),
  };
}
