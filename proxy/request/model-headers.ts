import type { IncomingHttpHeaders } from "node:http";
import { BoundedCache } from "#core/memo.ts";
import { eachAnswerHeader } from "../upstream/headers.ts";

type Headers = IncomingHttpHeaders | Readonly<Record<string, string | string[] | undefined>>;
type Pass = (name: string, value: string | string[]) => void;

/**
 * Response headers that would act on a browser, a front proxy or a shared cache. A browser would obey them for the
 * whole origin, which is the console's, or by leaving it. By others a front proxy would answer with something else. By
 * others a cache that callers share would keep what is one caller's.
 */
const ACTING = new Set([
  "accept-ch",
  "accept-ch-lifetime",
  "activate-storage-access",
  "alt-svc",
  "authentication-control",
  "clear-site-data",
  "content-location",
  "critical-ch",
  "expect-ct",
  "expires",
  "feature-policy",
  "large-allocation",
  "link",
  "location",
  "nel",
  "no-vary-search",
  "observe-browsing-topics",
  "optional-www-authenticate",
  "referrer-policy",
  "refresh",
  "report-to",
  "reporting-endpoints",
  "require-document-policy",
  "set-cookie",
  "set-cookie2",
  "set-login",
  "signin-status",
  "sourcemap",
  "speculation-rules",
  "strict-transport-security",
  "supports-loading-mode",
  "timing-allow-origin",
  "use-as-dictionary",
  "variants",
  "www-authenticate",
  "xkey",
  "x-content-security-policy",
  "x-content-type-options",
  "x-dns-prefetch-control",
  "x-download-options",
  "x-frame-options",
  "x-permitted-cross-domain-policies",
  "x-sourcemap",
  "x-ua-compatible",
  "x-webkit-csp",
  "x-xss-protection",
]);
/** The same by how a name begins or ends: families that grow. `Sec-` is kept for what browsers and servers agree on. */
const ACTING_GROUPS =
  /^(?:access-control-|ad-auction-|akamai-|attribution-reporting-|cache-group|connection-allowlist|content-security-policy|cross-origin-|document-|edge-c|idp-|integrity-policy|origin-|permissions-policy|public-key-pins|sec-|secure-session-|service-worker-|shared-storage-|surrogate-|x-accel-|x-cache-tag|x-envoy-(?:degraded|immediate-)|x-lighttpd-send-|x-litespeed-|x-reproxy-|x-sendfile|cache-tags?$|(?:[a-z-]+-)?cdn-cache-control$)/;
/** What a cache of one caller may do, and what lets one that callers share do it. */
const KEPT_PRIVATE = /(?:^|[\s,])(?:private|no-store|no-cache)\s*(?:,|$)/i;
const SHARED = /(?:^|[\s,])(?:public|s-maxage)\b/i;
const ACTIVE_TYPE =
  /\/x?html|[/+]xml|\/xsl|javascript|ecmascript|jscript|livescript|\/css|\/wasm|x-mixed-replace|message\/rfc822/i;
const POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";

/**
 * The provider's headers as they go back to a caller of the API, one by one. The console lives at the same origin:
 * nothing in a response may act there if a browser is led to it.
 */
export function eachModelHeader(headers: Headers, isEdited: boolean, pass: Pass): void {
  eachAnswerHeader(headers, isEdited, (name, value) => {
    if (isActing(name) || name === "cache-control") return;
    pass(name, name === "content-type" ? inertType(String(value)) : value);
  });
  pass("cache-control", unshared(String(headers["cache-control"] ?? "")));
  eachInertHeader(pass);
}

const isActing = (name: string): boolean => {
  let acts = acting.get(name);
  if (acts === undefined) {
    acts = ACTING.has(name) || ACTING_GROUPS.test(name);
    acting.set(name, acts);
  }
  return acts;
};

/** By name: a provider sends the same few dozen with each response. */
const acting = new BoundedCache<string, boolean>({ entriesMax: 500 });

/** For a response that is one caller's alone. */
export const UNSHARED = "private, no-store";

/**
 * Returns the cache directives unchanged, unless a shared cache in front of CCO could misuse them. Such a cache could
 * answer another caller by them, or by their absence. It knows no keys of CCO. A credential in `x-api-key` does not
 * keep it from storing, as `Authorization` would.
 */
const unshared = (control: string): string =>
  KEPT_PRIVATE.test(control) && !SHARED.test(control) ? control : UNSHARED;

/** The type, or plain text for one that a browser runs, draws as a document or loads into one. */
export const inertType = (type: string): string => (ACTIVE_TYPE.test(type) ? "text/plain; charset=utf-8" : type);

/** Headers that keep the body of a response from being taken for a page, for any type of body. */
export function eachInertHeader(pass: Pass): void {
  pass("x-content-type-options", "nosniff");
  pass("content-security-policy", POLICY);
}

/** The same headers as a table. */
export function modelHeaders(headers: Headers): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = Object.create(null);
  eachModelHeader(headers, false, (name, value) => {
    kept[name] = value;
  });
  return kept;
}
