import type { IncomingMessage } from "node:http";
import type { ProxySettings } from "#config/read-env.ts";
import { headerSafe } from "../upstream/headers.ts";

type Asking = Pick<IncomingMessage, "headers" | "socket">;

/** The address that a request came from: the peer's, or the one that a trusted proxy names last. */
export function callerAddress({ headers, socket }: Asking, trustedProxies: readonly string[]): string {
  const peer = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  const forwarded = trustedProxies.includes(peer) ? headers["x-forwarded-for"] : undefined;
  const last = typeof forwarded === "string" ? forwarded.split(",").at(-1)?.trim() : undefined;
  return last || peer;
}

/** The scheme and host by which the caller reached CCO. The host was checked; only a trusted proxy can name the scheme. */
export function callerOrigin({ headers, socket }: Asking, settings: ProxySettings): string {
  const host = headerSafe(headers.host ?? "").toLowerCase();
  const { publicUrl, trustedProxies } = settings;
  if (publicUrl !== null && publicUrl.host.toLowerCase() === host) return publicUrl.origin;
  const peer = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  const isSecure = trustedProxies.includes(peer) && headers["x-forwarded-proto"] === "https";
  return `${isSecure ? "https" : "http"}://${host}`;
}
