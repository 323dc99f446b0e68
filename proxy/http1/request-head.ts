import type { IncomingHttpHeaders } from "node:http";
import { HeadProblem, readFields, toHeaderTable } from "./head-lines.ts";

/** Head of a request with a body of known length. Nothing about it could be read in two ways. */
export interface PlainHead {
  url: string;
  path: string;
  query: string;
  /** Headers without `content-length`: requests of one connection share what they have in common. Read-only. */
  headers: IncomingHttpHeaders;
}

export interface PlainRequest {
  head: PlainHead;
  bodyBytes: number;
}

/** A path without dots after slashes, escapes or doubled slashes: every reader takes it for the same one. */
const REQUEST_LINE = /^POST ((?:\/[A-Za-z0-9][A-Za-z0-9._~-]*)+)(\?[\x21\x24-\x7e]*)? HTTP\/1\.1$/;
const LENGTH = /^\d{1,10}$/;
const LENGTH_LINE = /\r\ncontent-length:[ \t]*(?=\d)/i;
const DIGITS_MAX = 10;
/** Headers that are left to Node's own parser: framing, upgrades and codings; pages have no business here. */
const ELSEWHERE = [
  "transfer-encoding",
  "expect",
  "upgrade",
  "trailer",
  "te",
  "content-encoding",
  "origin",
  "sec-fetch-site",
];
const HEADERS_MAX = 100;

/**
 * Parses the heads of one connection. A client repeats its head with each request, except for the length of the body: a
 * head that equals the last one, byte for byte, is not parsed a second time.
 */
export class HeadReader {
  private last: KnownHead | null = null;

  /** The plain POST whose head fills `bytes` up to `end`, given without its blank line; null for everything else. */
  read(bytes: Buffer, end: number): PlainRequest | null {
    const { last } = this;
    if (last !== null) {
      const bodyBytes = lengthIfSame(last, bytes, end);
      if (bodyBytes !== null) return { head: last.head, bodyBytes };
    }
    const text = bytes.toString("latin1", 0, end);
    const request = readPlainHead(text);
    this.last = request === null ? null : knownHead(request.head, bytes, end, text);
    return request;
  }
}

/** A head as it arrived; `digitsAt`..`digitsEnd` is the length of its body. */
interface KnownHead {
  head: PlainHead;
  bytes: Buffer;
  digitsAt: number;
  digitsEnd: number;
}

function knownHead(head: PlainHead, bytes: Buffer, end: number, text: string): KnownHead | null {
  const found = LENGTH_LINE.exec(text);
  if (found === null) return null;
  const digitsAt = found.index + found[0].length;
  let digitsEnd = digitsAt;
  while (digitsEnd < end && isDigit(bytes[digitsEnd])) digitsEnd++;
  return { head, bytes: Buffer.from(bytes.subarray(0, end)), digitsAt, digitsEnd };
}

/** The body's length when the head equals the known one in everything else. */
function lengthIfSame({ bytes: known, digitsAt, digitsEnd }: KnownHead, bytes: Buffer, end: number): number | null {
  const newEnd = digitsEnd + end - known.length;
  if (newEnd <= digitsAt || newEnd - digitsAt > DIGITS_MAX) return null;
  if (known.compare(bytes, 0, digitsAt, 0, digitsAt) !== 0) return null;
  if (known.compare(bytes, newEnd, end, digitsEnd) !== 0) return null;
  let bodyBytes = 0;
  for (let at = digitsAt; at < newEnd; at++) {
    const digit = bytes[at] as number;
    if (!isDigit(digit)) return null;
    bodyBytes = bodyBytes * 10 + digit - 0x30;
  }
  return bodyBytes;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/**
 * Parses a plain POST head, given without its blank line; null for everything else, which is Node's parser's to judge.
 * Strict on purpose: no two headers of one name, no folding, no bare line breaks, one length, a connection that is
 * kept.
 */
export function readPlainHead(text: string): PlainRequest | null {
  const lines = text.split("\r\n");
  const first = REQUEST_LINE.exec(lines[0] as string);
  if (first === null || lines.length > HEADERS_MAX) return null;
  const headers = plainHeaders(lines);
  if (headers === null) return null;
  const length = headers["content-length"];
  if (length === undefined || !LENGTH.test(length) || headers.host === undefined) return null;
  delete headers["content-length"];
  const [, path = "", query = ""] = first;
  return { head: { url: path + query, path, query, headers }, bodyBytes: Number(length) };
}

function plainHeaders(lines: readonly string[]): IncomingHttpHeaders | null {
  try {
    const fields = readFields(lines);
    const headers = toHeaderTable(fields);
    if (Object.keys(headers).length !== fields.length) return null;
    if (ELSEWHERE.some((name) => headers[name] !== undefined) || headers["set-cookie"] !== undefined) return null;
    const { connection } = headers;
    return connection === undefined || connection.toLowerCase() === "keep-alive" ? headers : null;
  } catch (problem) {
    if (problem instanceof HeadProblem) return null;
    throw problem;
  }
}
