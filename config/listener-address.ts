import { isIP } from "node:net";
import { type Env, readText, shown } from "./env-values.ts";

const USUAL_HOST = "127.0.0.1";

/** Reads what CCO listens on. IPv6 may stand in brackets, as in an address. */
export const readListenHost = (env: Env): string =>
  (readText(env, "CCO_HOST") ?? USUAL_HOST).replace(/^\[(.*)\]$/, "$1");

/** Finds why a host is neither an address nor a name, as a mistake of the variable. Null: it is one. */
export function findHostMistake(host: string): string | null {
  if (isIP(host) !== 0 || !/[/:@\s]/.test(host)) return null;
  return `CCO_HOST=${shown(host)} is no address to listen on: write an address such as 127.0.0.1 or 0.0.0.0 alone, and the port in CCO_PORT`;
}

/** Describes an error of listening. `named`: the variable or flag that holds the host. */
export function describeListenError(errorCode: string | undefined, host: string, named: string): string {
  const text = `${named} names ${host}, which cannot be listened on (${errorCode ?? "unknown"})`;
  if (errorCode === "EADDRNOTAVAIL") return `${text}: it is no address of this machine, or not up yet`;
  if (errorCode === "EAI_AGAIN") return `${text}: the name cannot be looked up now`;
  return `${text}: name an address of this machine, or 0.0.0.0 for all`;
}

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
