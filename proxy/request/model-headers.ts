import type { IncomingHttpHeaders } from "node:http";
import { eachAnswerHeader } from "../upstream/headers.ts";

type Headers = IncomingHttpHeaders | Readonly<Record<string, string | string[] | undefined>>;
type Pass = (name: string, value: string | string[]) => void;

/** Headers that a browser would obey for the whole origin, which is the console's, or by leaving it. */
const ACTING = new Set([
  "accept-ch",
  "alt-svc",
  "clear-site-data",
  "content-location",
  "critical-ch",
  "link",
  "location",
  "nel",
  "origin-agent-cluster",
  "origin-trial",
  "public-key-pins",
  "refresh",
  "report-to",
  "reporting-endpoints",
  "service-worker-allowed",
  "set-cookie",
  "set-cookie2",
  "set-login",
  "sourcemap",
  "speculation-rules",
  "strict-transport-security",
  "use-as-dictionary",
  "www-authenticate",
  "x-content-type-options",
  "x-sourcemap",
]);
const ACTING_GROUPS = ["access-control-", "content-security-policy", "cross-origin-", "permissions-policy"];
const ACTIVE_TYPE =
  /\/x?html|[/+]xml|\/xsl|javascript|ecmascript|jscript|livescript|\/css|\/wasm|x-mixed-replace|message\/rfc822/i;
const POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";

/**
 * The provider's headers as they go back to a caller of the API, one by one. The console lives at the same origin:
 * nothing in a response may act there if a browser is led to it.
 */
export function eachModelHeader(headers: Headers, isEdited: boolean, pass: Pass): void {
  eachAnswerHeader(headers, isEdited, (name, value) => {
    if (isActing(name)) return;
    pass(name, name === "content-type" ? inertType(String(value)) : value);
  });
  eachInertHeader(pass);
}

const isActing = (name: string): boolean => ACTING.has(name) || ACTING_GROUPS.some((group) => name.startsWith(group));

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
