import type { IncomingHttpHeaders } from "node:http";
import { HeadProblem, headersOf, readFields } from "./head-lines.ts";

/** The head of a request with a body of known length, and nothing about it that could be read in two ways. */
export interface PlainHead {
  url: string;
  path: string;
  query: string;
  headers: IncomingHttpHeaders;
  bodyBytes: number;
}

/** No dots after slashes, no escapes, no doubled slashes: what every reader takes for the same path. */
const REQUEST_LINE = /^POST ((?:\/[A-Za-z0-9][A-Za-z0-9._~-]*)+)(\?[\x21\x24-\x7e]*)? HTTP\/1\.1$/;
const LENGTH = /^\d{1,10}$/;
/** Framing, upgrades and codings that Node's own parser is there for; pages have no business here. */
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
 * Reads a plain POST head, given without its blank line; null for everything else, which is Node's parser's to judge. Strict
 * on purpose: no two headers of one name, no folding, no bare line breaks, one length, a connection that is kept.
 */
export function readPlainHead(text: string): PlainHead | null {
  const lines = text.split("\r\n");
  const first = REQUEST_LINE.exec(lines[0] as string);
  if (first === null || lines.length > HEADERS_MAX) return null;
  const headers = plainHeaders(lines);
  if (headers === null) return null;
  const length = headers["content-length"];
  if (length === undefined || !LENGTH.test(length) || headers.host === undefined) return null;
  const [, path = "", query = ""] = first;
  return { url: path + query, path, query, headers, bodyBytes: Number(length) };
}

function plainHeaders(lines: readonly string[]): IncomingHttpHeaders | null {
  try {
    const fields = readFields(lines);
    const headers = headersOf(fields);
    if (Object.keys(headers).length !== fields.length) return null;
    if (ELSEWHERE.some((name) => headers[name] !== undefined) || headers["set-cookie"] !== undefined) return null;
    const { connection } = headers;
    return connection === undefined || connection.toLowerCase() === "keep-alive" ? headers : null;
  } catch (problem) {
    if (problem instanceof HeadProblem) return null;
    throw problem;
  }
}
