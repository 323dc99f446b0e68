import type { IncomingMessage } from "node:http";
import { AppError, type ErrorCode } from "#core/errors.ts";
import { isProbeByAddress, isSameHost, splitHost } from "./hosts.ts";

/** Target of a request after the guard: its path without query, and the query with its question mark. */
export interface Target {
  path: string;
  query: string;
}

/** The connection cannot be trusted to frame the next request rightly: respond and close it. */
export class FramingError extends AppError {
  constructor(message: string, code: ErrorCode = "request.invalid") {
    super(code, {}, message);
    this.name = "FramingError";
  }
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);
/** Headers that may occur once only: with a second one, two readers see two requests. */
const SINGLE = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "authorization",
  "x-api-key",
  "x-cco-key",
  "content-encoding",
]);
/** Header lines allowed: more than any client sends, since every one of them is checked. */
const HEADER_LINES_MAX = 200;
/** Methods of which `http-proxy` drops a chunked body's framing, so that the body would become the next request. */
const NEVER_CHUNKED = new Set(["GET", "HEAD", "DELETE"]);
/** Methods that carry no body at all. A DELETE may: the console's own pages send one, with its length. */
const BODYLESS = new Set(["GET", "HEAD"]);
const DOUBLE_SLASH = "The request path has two slashes in a row. Remove the slash at the end of ANTHROPIC_BASE_URL.";
const HIDDEN_SYNTAX = /%(?:2f|5c|2e|00)/i;

/**
 * Refuses every request that two parsers could read differently, before any library sees it. Refused are targets that
 * are no plain path, doubled or contradicting framing and credential headers, coded bodies, and methods that are not
 * served.
 */
export function guardRequest(request: IncomingMessage): Target {
  if (!METHODS.has(request.method ?? "")) throw new AppError("method.not-allowed");
  const target = readTarget(request.url ?? "");
  guardHeaders(request, target.path);
  return target;
}

function readTarget(url: string): Target {
  const question = url.indexOf("?");
  const path = question === -1 ? url : url.slice(0, question);
  if (path.startsWith("/") && path.includes("//") && !path.includes("://")) throw new FramingError(DOUBLE_SLASH);
  const isOriginForm = path.startsWith("/") && !path.startsWith("//") && !path.startsWith("/\\");
  if (!isOriginForm || path.includes("\\") || path.includes("//") || (path.includes("@") && path.includes("://"))) {
    throw new FramingError("The request target must be a plain path.");
  }
  if (hasDotSegment(path) || HIDDEN_SYNTAX.test(path) || hasControl(url) || url.includes("#")) {
    throw new FramingError("The request path holds forbidden characters.");
  }
  return { path, query: question === -1 ? "" : url.slice(question) };
}

function hasDotSegment(path: string): boolean {
  return path.includes("/.") && /\/\.{1,2}(?:\/|;|$)/.test(path);
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f) return true;
  }
  return false;
}

function guardHeaders(request: IncomingMessage, path: string): void {
  const raw = request.rawHeaders;
  if (raw.length > 2 * HEADER_LINES_MAX) {
    const message = `The request has more than ${HEADER_LINES_MAX} header lines.`;
    throw new FramingError(message, "request.too-many-headers");
  }
  const seen = new Set<string>();
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) throw new FramingError(`The header ${name} is given twice.`);
    seen.add(name);
  }
  if (!seen.has("host") && !(request.httpVersion === "1.0" && isProbeByAddress(request, path)))
    throw new FramingError("The Host header is missing.");
  const coding = request.headers["transfer-encoding"];
  if (coding !== undefined) {
    if (coding.toLowerCase() !== "chunked") throw new FramingError("Only the transfer coding chunked is accepted.");
    if (seen.has("content-length"))
      throw new FramingError("Content-Length and Transfer-Encoding contradict each other.");
    if (NEVER_CHUNKED.has(request.method ?? ""))
      throw new FramingError(`${request.method} requests with a chunked body are not accepted.`);
  }
  if (BODYLESS.has(request.method ?? "") && Number(request.headers["content-length"] ?? 0) > 0)
    throw new FramingError(`${request.method} requests with a body are not accepted.`);
  const { expect } = request.headers;
  if (expect !== undefined && expect.toLowerCase() !== "100-continue")
    throw new FramingError("Only the expectation 100-continue is met.");
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity")
    throw new AppError("request.unsupported-encoding");
}

/**
 * Refuses browsers, since model traffic never comes from a web page. An `Origin`, or a browser's note that the page is
 * foreign, is an attack.
 */
export function guardAgainstPages(request: IncomingMessage): void {
  if (request.headers.origin !== undefined || request.headers["sec-fetch-site"] === "cross-site") {
    throw new AppError("request.cross-site");
  }
}

/** Checks the page that opens a socket, which a browser names: only our own may. Scripts name none. */
export function guardOrigin({ headers }: IncomingMessage): void {
  const { origin, host } = headers;
  if (origin === undefined) return;
  const isOwn = URL.canParse(origin) && isSameHost(new URL(origin), splitHost(host ?? ""));
  if (!isOwn) throw new AppError("request.cross-site");
}
