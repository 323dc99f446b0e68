import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { ProxySettings } from "#config/read-env.ts";
import type { TrustedProxies } from "#config/trusted-proxies.ts";
import { unmapped, withoutPort } from "#core/access/address-place.ts";
import { headerSafe } from "../upstream/headers.ts";
import { isHostOf, splitHost } from "./hosts.ts";

type Asking = Pick<IncomingMessage, "headers" | "socket">;

/** The address that a request came from: the peer's, or the last one a chain of trusted proxies names that is none of them. */
export function callerAddress({ headers, socket }: Asking, trustedProxies: TrustedProxies): string {
  const peer = unmapped(socket.remoteAddress ?? "");
  const forwarded = trustedProxies.has(peer) ? headers["x-forwarded-for"] : undefined;
  // Empty entries say nothing (RFC 9110, 5.6.1): a gateway may add one for a header that it was not sent.
  const named = (typeof forwarded === "string" ? forwarded.split(",") : [])
    .map((entry) => unmapped(withoutPort(entry.trim())))
    .filter((address) => address !== "");
  return named.findLast((address) => !trustedProxies.has(address)) ?? named[0] ?? peer;
}

/**
 * The scheme and host by which the caller reached CCO. The host was checked; only a trusted proxy can name the scheme, where
 * the port does not: the first of a chain of proxies is the one that the caller spoke to.
 */
export function callerOrigin({ headers, socket }: Asking, settings: ProxySettings): string {
  const host = splitHost(headerSafe(headers.host ?? ""));
  const { publicUrl, trustedProxies } = settings;
  if (publicUrl !== null && isHostOf(publicUrl, host)) return publicUrl.origin;
  const forwarded = trustedProxies.has(socket.remoteAddress ?? "") ? String(headers["x-forwarded-proto"] ?? "") : "";
  const isSecure = host.port === "443" || forwarded.split(",", 1)[0]?.trim().toLowerCase() === "https";
  const isUsual = host.port === "" || host.port === (isSecure ? "443" : "80");
  return `${isSecure ? "https" : "http"}://${host.name}${isUsual ? "" : `:${host.port}`}`;
}

/**
 * Whether a front proxy says for whom it asks: then the caller may be anywhere, though the connection comes from this machine and
 * the name is its own (nginx sends that unless `Host` is set). Known by the name of a header, or by an address in one that the
 * operator named for it. Versions of four parts, as Java's, look like addresses.
 */
export function cameThroughProxy({ headers }: Pick<IncomingMessage, "headers">): boolean {
  for (const name in headers) {
    if (PROXY_HEADER.test(name)) return true;
    if (NAMES_CALLER.test(name) && isIP(String(headers[name] ?? "")) !== 0) return true;
  }
  return false;
}

/** What front proxies and the networks before them add: who asked, by which name and scheme, through which of them. */
const PROXY_HEADER = new RegExp(
  [
    "^via$|^(x[-_])?forwarded([-_](for|host|port|proto|protocol|scheme|server|ssl|prefix|path|uri|by|user|email))?$",
    "(client|real|user|source|remote)[-_]?ip(v6)?$|(client|remote|source)[-_]?addr(ess)?$|connecting-ip(v6)?$",
    "^x-original-(to|for|host|url|uri|proto|forwarded-for)$|^front-end-https$|^x-(varnish|bluecoat-via|envoy-.*)$",
    "^cf-(ray|visitor|ipcountry|worker)$|^x-amzn-trace-id$|^cloudfront-|^(x-)?azure-|^x-appengine-|^tailscale-|^fly-|^fastly-",
  ].join("|"),
);
/** Names under which an operator may have a front proxy send the caller's address. */
const NAMES_CALLER =
  /(^|[-_])(ip|addr|address|client|caller|peer|remote|source|src|origin|from|for|real)($|[-_](?!version))/;
