import type { IncomingHttpHeaders } from "node:http";
import { holdsOwnSecret } from "#core/access/own-secrets.ts";
import { trimOws } from "#core/protocol/ows.ts";
import { PerHead } from "../http1/per-head.ts";
import { HeaderBlock } from "../http1/request-parts.ts";

type Headers = IncomingHttpHeaders | Readonly<Record<string, string | string[] | undefined>>;

const HOP_BY_HOP = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** Headers that are replaced for the upstream, or are ours alone. `expect` was handled by us already. */
const OURS = new Set(["host", "content-length", "accept-encoding", "expect", "forwarded", "x-real-ip", "cookie"]);
/** Headers that `Connection` cannot remove by naming them: framing and credentials. */
const NEVER_NAMED = new Set([
  "host",
  "content-length",
  "authorization",
  "x-api-key",
  "x-cco-key",
  "anthropic-version",
  "anthropic-beta",
]);

/**
 * Builds the headers that go on to the provider from the caller's headers. It is an open list, minus hop-by-hop
 * headers, those addressed to CCO, and those that claim to come from a front proxy. Everything else, known or not,
 * passes unchanged.
 */
export function upstreamHeaders(headers: IncomingHttpHeaders, operatorKey: string | null): Record<string, string> {
  const named = namedInConnection(headers.connection);
  const kept: Record<string, string> = Object.create(null);
  for (const name in headers) {
    if (isDropped(name, named)) continue;
    const value = headers[name];
    if (value === undefined) continue;
    const text = typeof value === "string" ? value : value.join(", ");
    // A secret of ours is valid here only and never goes on, in any header.
    if (!holdsOwnSecret(text)) kept[name] = text;
  }
  if (operatorKey !== null) {
    delete kept.authorization;
    kept["x-api-key"] = operatorKey;
  }
  kept["accept-encoding"] = "identity";
  return kept;
}

const sent = new PerHead((): { operatorKey: string | null; block: HeaderBlock | null } => ({
  operatorKey: null,
  block: null,
}));

/** The same headers as a block, shared by requests with equal headers. */
export function upstreamBlock(headers: IncomingHttpHeaders, operatorKey: string | null): HeaderBlock {
  const known = sent.of(headers);
  if (known.block === null || known.operatorKey !== operatorKey) {
    known.operatorKey = operatorKey;
    known.block = new HeaderBlock(upstreamHeaders(headers, operatorKey));
  }
  return known.block;
}

/**
 * The provider's headers as they go back to the caller, one by one. `isEdited`: the body is no longer what was
 * announced.
 */
export function eachAnswerHeader(
  headers: Headers,
  isEdited: boolean,
  pass: (name: string, value: string | string[]) => void,
): void {
  const named = namedInConnection(headers.connection);
  for (const name in headers) {
    if (HOP_BY_HOP.has(name) || named?.has(name) || name.startsWith("x-cco-")) continue;
    if (isEdited && (name === "content-length" || name === "content-encoding" || name === "etag")) continue;
    const value = headers[name];
    if (value !== undefined) pass(name, value);
  }
}

/** The console's headers as a table. */
export function answerHeaders(headers: Headers, isEdited: boolean): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = Object.create(null);
  eachAnswerHeader(headers, isEdited, (name, value) => {
    kept[name] = value;
  });
  return kept;
}

/** Where a request of the console came from, and how it reached CCO. */
interface Reached {
  address: string;
  /** Scheme and host. */
  origin: string;
}

/** Headers for the console's hop: the browser's own, without what another proxy claims; ours are set instead. */
export function consoleHeaders(headers: IncomingHttpHeaders, { address, origin }: Reached): IncomingHttpHeaders {
  const named = namedInConnection(headers.connection);
  const kept: IncomingHttpHeaders = {};
  for (const name in headers) {
    if (HOP_BY_HOP.has(name) || named?.has(name) || isForwarding(name) || name === "x-middleware-subrequest") continue;
    kept[name] = headers[name];
  }
  const [scheme = "http", host = ""] = origin.split("://", 2);
  kept["x-forwarded-for"] = address;
  kept["x-forwarded-proto"] = scheme;
  kept["x-forwarded-host"] = host;
  return kept;
}

/** A value that is safe in a header field and in a log line. */
export function headerSafe(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 256);
}

/** Characters that no name of ours holds: gateways and CGI read these as `-`. */
const LIKE_DASH = /[^a-z0-9-]/g;

function isDropped(name: string, named: ReadonlySet<string> | null): boolean {
  if (HOP_BY_HOP.has(name) || OURS.has(name) || name.startsWith("x-cco-") || isForwarding(name)) return true;
  // Some servers read `_` as `-`: a second way to a header that is checked under its right name.
  const dashed = name.replace(LIKE_DASH, "-");
  if (dashed !== name && (NEVER_NAMED.has(dashed) || isDropped(dashed, null))) return true;
  return named?.has(name) === true;
}

function isForwarding(name: string): boolean {
  return name.startsWith("x-forwarded") || name.startsWith("x_forwarded") || name === "forwarded";
}

function namedInConnection(connection: string | string[] | undefined): ReadonlySet<string> | null {
  if (connection === undefined || connection === "keep-alive" || connection === "close") return null;
  const text = typeof connection === "string" ? connection : connection.join(",");
  const names = text.split(",").map((name) => trimOws(name).toLowerCase());
  return new Set(names.filter((name) => !NEVER_NAMED.has(name)));
}
