import { isIP } from "node:net";
import { connect } from "node:tls";
import type { AlertFacts } from "#core/alerts/alert-facts.ts";
import { HOUR_MS } from "#core/alerts/alert-kind.ts";

/** A look at the alerts waits no longer for the address. */
const CONNECT_MS = 3_000;

type Certificate = NonNullable<AlertFacts["certificate"]>;

/** The certificate that was read last, and when. */
let lastRead: (Certificate & { publicUrl: string; atMs: number }) | null = null;

/**
 * Reads when the certificate of CCO's public address ends. It is as a client of this machine is shown it, and is read
 * once an hour. Null where the address is not https. Never rejects: what cannot be reached has no end that is known.
 */
export async function readCertificate(publicUrl: string | null, atMs: number): Promise<Certificate | null> {
  if (publicUrl === null || !publicUrl.startsWith("https:")) return null;
  const isFresh = lastRead?.publicUrl === publicUrl && Math.abs(atMs - lastRead.atMs) < HOUR_MS;
  if (!isFresh || lastRead === null) {
    const url = new URL(publicUrl);
    lastRead = { publicUrl, atMs, host: url.host, expiresAtMs: await endOfCertificate(url) };
  }
  return { host: lastRead.host, expiresAtMs: lastRead.expiresAtMs };
}

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
