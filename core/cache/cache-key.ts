import type { BodyIndex } from "#core/json-index/body-index.ts";
import { fieldsOf } from "#core/json-index/json-fields.ts";
import type { Span } from "#core/json-index/json-scan.ts";
import { trimOws } from "#core/protocol/ows.ts";
import type { Edit } from "#core/protocol/splice.ts";

declare const scopeMark: unique symbol;
declare const keyMark: unique symbol;

/** Whose answers may be given to whom. Only the functions below make one, and only from what the server itself knows of a caller. */
export type CacheScope = string & { readonly [scopeMark]: true };

/** 64 hexadecimal digits, never shortened: two requests with one key are one request. */
export type CacheKey = string & { readonly [keyMark]: true };

/** A caller as the server knows it: nothing in here is taken from a header that everybody may write, or from a body. */
export interface ScopeFacts {
  /** Team and project of the proxy key itself. */
  team: string | null;
  keyProject: string | null;
  personId: string | null;
  proxyKeyId: string | null;
  /** Hash of the caller's own credential for the provider; null when the operator's key goes in its place. */
  ownCredentialHash: string | null;
}

/**
 * The answers this caller may be given: those of the same person (without one: of the same key or credential), asked with the
 * same credential. With `isSharedInProject`, those of everybody whose proxy key belongs to the same project, as long as the
 * operator's key asks for all of them. Null for a caller nobody knows.
 */
export function scopeOf(facts: ScopeFacts, isSharedInProject: boolean): CacheScope | null {
  const { team, keyProject, personId, proxyKeyId, ownCredentialHash } = facts;
  if (isSharedInProject && keyProject !== null && ownCredentialHash === null) return scope("project", team, keyProject);
  if (personId !== null) return scope("person", team, personId, ownCredentialHash);
  if (proxyKeyId !== null) return scope("key", team, proxyKeyId, ownCredentialHash);
  return ownCredentialHash === null ? null : scope("credential", ownCredentialHash);
}

/** A list as JSON: no two lists are spelt alike, whatever the names hold. */
const scope = (...parts: (string | null)[]): CacheScope => JSON.stringify(parts) as CacheScope;

export interface CacheKeyParts {
  scope: CacheScope;
  method: string;
  /** As it goes to the provider; a query that only names a beta does not count. */
  path: string;
  query: string;
  /** Empty where no model is concerned. */
  servedModel: string;
  /** Every header that speaks to the provider of versions and features. */
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  isStream: boolean;
  /** The body as it came, and what is changed on its way; null where there is none. */
  body: { bytes: Uint8Array; index: BodyIndex; edits: readonly Edit[] } | null;
}

/** The platform's SHA-256 over all parts in order, as hexadecimal digits. Core has no platform. */
type Sha256 = (parts: readonly (string | Uint8Array)[]) => string;

const KEY_VERSION = 1;

/**
 * The key of a request. What counts is the body to the byte, minus two spans: `metadata.user_id`, which names the session, and
 * the asked model, in whose place the served one stands here. Nothing is parsed and written again.
 */
export function cacheKey(parts: CacheKeyParts, sha256: Sha256): CacheKey {
  const { body, headers } = parts;
  const spans = body === null ? [] : leftOut(body.bytes, body.index);
  const head = [
    KEY_VERSION,
    parts.scope,
    parts.method,
    parts.path,
    queryOf(parts.query),
    parts.servedModel,
    body === null ? "" : profileOf(body.edits, body.index, spans),
    providerHeaders(headers),
    parts.isStream,
  ];
  // The head is JSON in one line: where it ends and the body begins cannot be mistaken.
  const chunks = body === null ? [] : without(body.bytes, spans);
  return sha256([`${JSON.stringify(head)}\n`, ...chunks]) as CacheKey;
}

/** The spans that do not count, in order. */
function leftOut(bytes: Uint8Array, { modelSpan, fields }: BodyIndex): Span[] {
  const metadata = fields.get("metadata");
  const userId =
    metadata === undefined ? undefined : fieldsOf(bytes, metadata)?.find((field) => field.name === "user_id");
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

/** What the override changed besides the model: the same body adapted otherwise is another request. */
function profileOf(edits: readonly Edit[], { modelSpan }: BodyIndex, spans: readonly Span[]): unknown[] {
  return edits
    .filter((edit) => edit.start !== modelSpan.start)
    .map((edit) => [placeIn(spans, edit.start), placeIn(spans, edit.end), decoder.decode(edit.bytes)]);
}

/** A place in the body as if the spans before it were not there: it is the same for every asked model. */
function placeIn(spans: readonly Span[], at: number): number {
  return spans.reduce((place, { start, end }) => (end <= at ? place - (end - start) : place), at);
}

/** `anthropic-version`, `anthropic-beta` in order, and whatever else is addressed to the provider. */
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

/** Where the caller's usual credentials stand; the scope has them already. */
const SCOPE_HEADERS = new Set(["authorization", "x-api-key"]);

/** An upstream of the operator's own may take its credential from a header of its own: answers differ with that too. */
function isForProvider(name: string): boolean {
  if (name.startsWith("anthropic-")) return true;
  return /key|token|auth|secret|credential/.test(name) && !SCOPE_HEADERS.has(name) && !name.startsWith("x-cco-");
}

function sortedList(text: string): string {
  const names = text.split(",").map((name) => trimOws(name));
  return [...new Set(names.filter((name) => name !== ""))].sort().join(",");
}

/** `beta=true` is how the client says that it sends beta headers; those count themselves. */
function queryOf(query: string): string {
  const pairs = query.replace(/^\?/, "").split("&");
  return pairs
    .filter((pair) => pair !== "" && pair !== "beta=true")
    .sort()
    .join("&");
}
