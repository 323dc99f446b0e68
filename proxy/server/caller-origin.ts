import type { IncomingMessage } from "node:http";
import type { ProxySettings } from "#config/read-env.ts";
import type { TrustedProxies } from "#config/trusted-proxies.ts";
import { unmapped, withoutPort } from "#core/access/counted-address.ts";
import { headerSafe } from "../upstream/headers.ts";
import { isSameHost, splitHost } from "./hosts.ts";

type Asking = Pick<IncomingMessage, "headers" | "socket">;

/**
 * Finds the address that a request came from. It is the peer's, or the last address named by a chain of trusted proxies
 * that is none of them.
 */
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
  if (publicUrl !== null && isSameHost(publicUrl, host)) return publicUrl.origin;
  const forwarded = trustedProxies.has(socket.remoteAddress ?? "") ? String(headers["x-forwarded-proto"] ?? "") : "";
  const isSecure = host.port === "443" || forwarded.split(",", 1)[0]?.trim().toLowerCase() === "https";
  const isUsual = host.port === "" || host.port === (isSecure ? "443" : "80");
  return `${isSecure ? "https" : "http"}://${host.name}${isUsual ? "" : `:${host.port}`}`;
}
