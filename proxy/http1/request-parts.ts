import { invariant } from "#core/invariant.ts";

/** Headers in wire format, formatted once for all requests that have them. */
export class HeaderBlock {
  private written: Buffer | null = null;

  constructor(readonly fields: Readonly<Record<string, string>>) {}

  /** One line each, and the empty one that ends a head. */
  get lines(): Buffer {
    this.written ??= Buffer.from(`${formatLines(this.fields)}\r\n`, "latin1");
    return this.written;
  }
}

/** The head of a request to the provider. `path` with its query; headers without framing and Host, which are set here. */
export interface RequestHead {
  method: string;
  path: string;
  headers: HeaderBlock;
}

/** A body in wire format. `roomBytes` of memory in front of it are free to be written into. */
export interface OutgoingBody {
  bytes: Uint8Array;
  roomBytes: number;
}

/**
 * Matches characters that are forbidden in a header value because they could end its line. A parser lets none of them
 * in. Values from elsewhere must not bring them in either.
 */
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * The bytes of a request. The head is written into the memory in front of the body, so that all of it leaves in one
 * system call; without enough room it is a separate part, sent first.
 */
export function requestParts(
  head: RequestHead,
  body: OutgoingBody | null,
  origin: { path: string; host: string },
): Uint8Array[] {
  const start = formatStart(head, body, origin);
  const { lines } = head.headers;
  if (body === null) return [Buffer.concat([Buffer.from(start, "latin1"), lines])];
  const { bytes, roomBytes } = body;
  const headBytes = start.length + lines.length;
  if (headBytes > roomBytes) return [Buffer.from(start, "latin1"), lines, bytes];
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset - headBytes, headBytes + bytes.length);
  whole.write(start, 0, "latin1");
  whole.set(lines, start.length);
  return [whole];
}

/** The request line and the headers that are set here. */
function formatStart(
  { method, path }: RequestHead,
  body: OutgoingBody | null,
  origin: { path: string; host: string },
): string {
  const length = body === null ? "" : `content-length: ${body.bytes.length}\r\n`;
  return `${method} ${origin.path}${path} HTTP/1.1\r\nhost: ${origin.host}\r\nconnection: keep-alive\r\n${length}`;
}

function formatLines(fields: Readonly<Record<string, string>>): string {
  let text = "";
  for (const name in fields) {
    const value = fields[name] as string;
    invariant(!FORBIDDEN.test(value), "a header value ends where it ends");
    text += `${name}: ${value}\r\n`;
  }
  return text;
}
