import { invariant } from "#core/invariant.ts";

/** Headers as they are sent, written out once for all requests that have them. */
export class HeaderBlock {
  private text: string | null = null;

  constructor(readonly fields: Readonly<Record<string, string>>) {}

  get lines(): string {
    this.text ??= linesOf(this.fields);
    return this.text;
  }
}

/** What begins a request to the provider. `path` with its query; headers without framing and Host, which are set here. */
export interface RequestHead {
  method: string;
  path: string;
  headers: HeaderBlock;
}

/** A body as it is sent. `roomBytes` of its memory in front of it are free to be written into. */
export interface RequestBody {
  bytes: Uint8Array;
  roomBytes: number;
}

/** No header value may end its line; what a parser let in does not, what came from elsewhere must not either. */
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * The bytes of a request. The head is written into the room in front of the body, so that all of it leaves in one system
 * call; without enough room it comes as a part of its own.
 */
export function requestParts(
  head: RequestHead,
  body: RequestBody | null,
  origin: { path: string; host: string },
): Uint8Array[] {
  const text = headText(head, body, origin);
  if (body === null) return [Buffer.from(text, "latin1")];
  const { bytes, roomBytes } = body;
  if (text.length > roomBytes) return [Buffer.from(text, "latin1"), bytes];
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset - text.length, text.length + bytes.length);
  whole.write(text, 0, "latin1");
  return [whole];
}

function headText(
  { method, path, headers }: RequestHead,
  body: RequestBody | null,
  origin: { path: string; host: string },
): string {
  const start = `${method} ${origin.path}${path} HTTP/1.1\r\nhost: ${origin.host}\r\nconnection: keep-alive\r\n`;
  const length = body === null ? "" : `content-length: ${body.bytes.length}\r\n`;
  return `${start}${headers.lines}${length}\r\n`;
}

function linesOf(fields: Readonly<Record<string, string>>): string {
  let text = "";
  for (const name in fields) {
    const value = fields[name] as string;
    invariant(!FORBIDDEN.test(value), "a header value ends where it ends");
    text += `${name}: ${value}\r\n`;
  }
  return text;
}
