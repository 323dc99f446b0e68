import { isIP } from "node:net";
import { type Env, readText } from "./env-values.ts";

const USUAL_HOST = "127.0.0.1";

/** Reads what CCO listens on. IPv6 may stand in brackets, as in an address. */
export const readListenHost = (env: Env): string =>
  (readText(env, "CCO_HOST") ?? USUAL_HOST).replace(/^\[(.*)\]$/, "$1");

/**
 * Builds the address of a listener as programs on this machine reach it. One that listens on all addresses, or on the usual
 * one, is `localhost`. People elsewhere need `CCO_PUBLIC_URL`.
 */
export function buildListenerAddress(host: string, port: number | string): string {
  const isUsual = host === USUAL_HOST || listensOnAll(host);
  return `http://${isUsual ? "localhost" : bracketHost(host)}:${port}`;
}

/** Picks the host to connect to on this machine: a listener on all addresses is at each. */
export function pickConnectHost(host: string): string {
  if (!listensOnAll(host)) return host;
  return isIP(host) === 6 ? "localhost" : USUAL_HOST;
}

/** A host as an address has it: IPv6 in brackets. */
export const bracketHost = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);

/** `::0` and the long form are `::` too. */
function listensOnAll(host: string): boolean {
  if (host === "0.0.0.0") return true;
  const address = `http://[${host}]`;
  return isIP(host) === 6 && URL.canParse(address) && new URL(address).hostname === "[::]";
}
