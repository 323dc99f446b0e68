import type { BodyIndex } from "#core/json-index/body-index.ts";
import { findFields } from "#core/json-index/json-fields.ts";
import type { Span } from "#core/json-index/json-scan.ts";
import { trimOws } from "#core/protocol/ows.ts";
import type { Edit } from "#core/protocol/splice.ts";

declare const scopeMark: unique symbol;
declare const keyMark: unique symbol;

/**
 * Scope in which stored responses are shared. Only the functions below build one, and only from facts the server
 * itself established.
 */
export type CacheScope = string & { readonly [scopeMark]: true };

/** 64 hexadecimal digits, never shortened: two requests with one key are the same request. */
export type CacheKey = string & { readonly [keyMark]: true };

/** Facts about a caller, established by the server: never taken from an unauthenticated header or from a body. */
export interface ScopeFacts {
  /** Team and project of the proxy key itself. */
  team: string | null;
  keyProject: string | null;
  personId: string | null;
  proxyKeyId: string | null;
  /** Hash of the caller's own provider credential; null when the operator's key replaces it. */
  ownCredentialHash: string | null;
}

/**
 * Builds the scope of the stored responses this caller may receive. They are those of the same person, requested with
 * the same credential. Without a person they are those of the same key or credential. With `isSharedInProject` they are
 * those of every proxy key of the same project, as long as the operator's key is used for all of them. Null for an
 * unidentified caller.
 */
export function buildScope(facts: ScopeFacts, isSharedInProject: boolean): CacheScope | null {
  const { team, keyProject, personId, proxyKeyId, ownCredentialHash } = facts;
  if (isSharedInProject && keyProject !== null && ownCredentialHash === null) return scope("project", team, keyProject);
  if (personId !== null) return scope("person", team, personId, ownCredentialHash);
  if (proxyKeyId !== null) return scope("key", team, proxyKeyId, ownCredentialHash);
  return ownCredentialHash === null ? null : scope("credential", ownCredentialHash);
}

/** Encodes a list as JSON: distinct lists never have the same text, independent of the names in them. */
const scope = (...parts: (string | null)[]): CacheScope => JSON.stringify(parts) as CacheScope;

export interface CacheKeyParts {
  scope: CacheScope;
  method: string;
  /** Path as sent to the provider; a query that only names a beta does not count. */
  path: string;
  query: string;
  /** Empty where the endpoint has no model. */
  servedModel: string;
  /** Headers that select versions and features of the provider. */
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  isStream: boolean;
  /** Body as received, and the edits made before it is forwarded; null for a request without a body. */
  body: { bytes: Uint8Array; index: BodyIndex; edits: readonly Edit[] } | null;
}

/** SHA-256 of the platform over all parts in order, as hexadecimal digits. Core has no platform. */
type Sha256 = (parts: readonly (string | Uint8Array)[]) => string;

const KEY_VERSION = 1;

/**
 * Computes the cache key of a request. The body counts to the byte, minus two spans: `metadata.user_id`, which names
 * the session, and the requested model, in whose place the served one stands here. Nothing is parsed and serialised
 * again.
 */
export function cacheKey(parts: CacheKeyParts, sha256: Sha256): CacheKey {
  const { body, headers } = parts;
  const spans = body === null ? [] : leftOut(body.bytes, body.index);
  const head = [
    KEY_VERSION,
    parts.scope,
    parts.method,
    parts.path,
    cleanQuery(parts.query),
    parts.servedModel,
    body === null ? "" : describeEdits(body.edits, body.index, spans),
    providerHeaders(headers),
    parts.isStream,
  ];
  // The head is one line of JSON, so that the border between head and body is unambiguous.
  const chunks = body === null ? [] : without(body.bytes, spans);
  return sha256([`${JSON.stringify(head)}\n`, ...chunks]) as CacheKey;
}

/** Returns the spans excluded from the key, in order. */
function leftOut(bytes: Uint8Array, { modelSpan, fields }: BodyIndex): Span[] {
  const metadata = fields.get("metadata");
  const userId =
    metadata === undefined ? undefined : findFields(bytes, metadata)?.find((field) => field.name === "user_id");
  const spans: Span[] = userId === undefined ? [modelSpan] : [modelSpan, userId];
  return spans.sort((a, b) => a.start - b.start);
}

function without(bytes: Uint8Array, spans: readonly Span[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const { start, end } of spans) {
    chunks.push(bytes.subarray(at, start));
    at = end;
  }
  chunks.push(bytes.subarray(at));
  return chunks;
}

const decoder = new TextDecoder();

/** Describes what the override changed besides the model: the same body adapted differently is another request. */
function describeEdits(edits: readonly Edit[], { modelSpan }: BodyIndex, spans: readonly Span[]): unknown[] {
  return edits
    .filter((edit) => edit.start !== modelSpan.start)
    .map((edit) => [placeIn(spans, edit.start), placeIn(spans, edit.end), decoder.decode(edit.bytes)]);
}

/** Translates an offset to the body without the excluded spans: equal for every requested model. */
function placeIn(spans: readonly Span[], at: number): number {
  return spans.reduce((place, { start, end }) => (end <= at ? place - (end - start) : place), at);
}

/** Collects `anthropic-version`, `anthropic-beta` in order, and every other header addressed to the provider. */
function providerHeaders(headers: CacheKeyParts["headers"]): [string, string][] {
  const found: [string, string][] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || !isForProvider(name)) continue;
    const text = typeof value === "string" ? value : value.join(",");
    found.push([name, name === "anthropic-beta" ? sortedList(text) : text]);
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Headers of the caller's usual credentials; the scope contains them already. */
const SCOPE_HEADERS = new Set(["authorization", "x-api-key"]);

/**
 * Whether a header is meant for the provider. A custom upstream may take its credential from a custom header:
 * responses differ with that too.
 */
function isForProvider(name: string): boolean {
  if (name.startsWith("anthropic-")) return true;
  return /key|token|auth|secret|credential/.test(name) && !SCOPE_HEADERS.has(name) && !name.startsWith("x-cco-");
}

function sortedList(text: string): string {
  const names = text.split(",").map((name) => trimOws(name));
  return [...new Set(names.filter((name) => name !== ""))].sort().join(",");
}

/** Removes `beta=true`, which only announces beta headers; those count themselves. */
function cleanQuery(query: string): string {
  const pairs = query.replace(/^\?/, "").split("&");
  return pairs
    .filter((pair) => pair !== "" && pair !== "beta=true")
    .sort()
    .join("&");
}
