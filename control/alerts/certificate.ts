import { isIP } from "node:net";
import { connect } from "node:tls";
import type { AlertFacts } from "#core/alerts/alert-facts.ts";
import { HOUR_MS, MINUTE_MS } from "#core/alerts/alert-kind.ts";

/** A look at the alerts waits no longer for the address. */
const CONNECT_MS = 3_000;

type Certificate = NonNullable<AlertFacts["certificate"]>;

/** Longest time until an address that cannot be read is tried again; the first is a minute. */
const AGAIN_MS_MAX = 15 * MINUTE_MS;

/** The certificate that was read last, when, and how often in a row it could not be. */
let lastRead: (Certificate & { publicUrl: string; atMs: number; failed: number }) | null = null;

/**
 * Reads when the certificate of CCO's public address ends. It is as a client of this machine is shown it, and is read
 * once an hour, sooner where that failed. Null where the address is not https. Never rejects: what cannot be reached has
 * no end that is known.
 */
export async function readCertificate(publicUrl: string | null, atMs: number): Promise<Certificate | null> {
  if (publicUrl === null || !publicUrl.startsWith("https:")) return null;
  const known = lastRead?.publicUrl === publicUrl ? lastRead : null;
  if (known === null || Math.abs(atMs - known.atMs) >= findRestMs(known.failed)) {
    const url = new URL(publicUrl);
    const expiresAtMs = await endOfCertificate(url);
    const failed = expiresAtMs === null ? (known?.failed ?? 0) + 1 : 0;
    lastRead = { publicUrl, atMs, host: url.host, expiresAtMs, failed };
  }
  return lastRead === null ? null : { host: lastRead.host, expiresAtMs: lastRead.expiresAtMs };
}

/** Time until the next read. */
const findRestMs = (failed: number): number =>
  failed === 0 ? HOUR_MS : Math.min(AGAIN_MS_MAX, MINUTE_MS * 2 ** (failed - 1));

function endOfCertificate({ hostname, port }: URL): Promise<number | null> {
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve) => {
    // Also one that has ended, or is of an authority unknown here, is read: nothing is sent over the connection.
    const socket = connect({
      host,
      port: Number(port || 443),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: false,
    });
    const finish = (endMs: number | null) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(endMs);
    };
    const timer = setTimeout(() => finish(null), CONNECT_MS);
    socket.once("error", () => finish(null));
    socket.once("secureConnect", () => {
      const endMs = Date.parse(socket.getPeerCertificate().valid_to);
      finish(Number.isNaN(endMs) ? null : endMs);
    });
  });
}
