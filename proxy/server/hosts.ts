import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { ProxySettings } from "#config/read-env.ts";
import { unmapped } from "#core/access/counted-address.ts";
import { AppError } from "#core/errors.ts";

type Addressed = Pick<IncomingMessage, "headers" | "socket">;

const OWN_NAMES = ["localhost", "127.0.0.1", "[::1]"];

/** Name and port of a `Host`; the port is empty where none is written. */
interface Host {
  name: string;
  port: string;
}

/**
 * Reads a `Host` header in upper or lower case. Some clients write it with the dot of the root, or with an empty port:
 * both are read too.
 */
export function splitHost(text: string): Host {
  const [, name = "", port = ""] = /^(\[.*\]|.*?)\.?(?::(\d{0,5}))?$/.exec(text.toLowerCase()) ?? [];
  return { name, port };
}

const toHost = ({ hostname, port, protocol }: URL): Host => ({
  name: hostname.toLowerCase().replace(/\.$/, ""),
  port: port === "" ? (protocol === "https:" ? "443" : "80") : port,
});

/** Whether a `Host` is that of an address, with or without the port that its scheme has anyway. */
export function isSameHost(url: URL, { name, port }: Host): boolean {
  const own = toHost(url);
  return own.name === name && (port === "" ? url.port === "" : port === own.port);
}

/**
 * The `Host` values served. A page that makes its own name point to this machine (DNS rebinding) is refused here,
 * before anything else looks at the request.
 */
export class HostList {
  private readonly hosts = new Set<string>();
  private readonly names = new Set<string>();
  private readonly loopback: boolean;
  /** The value matched last: most requests repeat the one before. */
  private lastFound: string | null = null;

  constructor(settings: ProxySettings, port: number) {
    this.loopback = settings.loopback;
    const own = [...OWN_NAMES, isIP(settings.host) === 6 ? `[${settings.host}]` : settings.host.toLowerCase()];
    for (const name of own) this.add({ name, port: String(port) });
    if (settings.publicUrl !== null) this.add(toHost(settings.publicUrl));
    for (const text of settings.allowedHosts) {
      const host = splitHost(text);
      if (host.port === "") this.names.add(host.name);
      else this.add(host);
    }
  }

  /** Of two ports a client writes none: they are those that a scheme has anyway. */
  private add({ name, port }: Host): void {
    this.hosts.add(`${name}:${port}`);
    if (port === "80" || port === "443") this.hosts.add(`${name}:`);
  }

  /** Throws `request.bad-host` (421) for any other name. */
  guard(request: Addressed): void {
    if (this.allows(request)) return;
    // The requested name is not repeated: a response of CCO's own holds nothing that was sent.
    const text =
      "The host of this address is not served here. Set CCO_PUBLIC_URL to the address people use, or add its host to CCO_ALLOWED_HOSTS, and restart CCO.";
    throw new AppError("request.bad-host", {}, text);
  }

  allows(request: Addressed): boolean {
    const name = request.headers.host ?? "";
    if (name === this.lastFound) return true;
    const host = splitHost(name);
    if (this.names.has(host.name) || this.hosts.has(`${host.name}:${host.port}`)) {
      this.lastFound = name;
      return true;
    }
    return !this.loopback && isOwnAddress(request, host);
  }
}

const PROBES = new Set(["/health", "/healthz", "/livez", "/readyz"]);

/**
 * Whether a request is a health check that names an address instead of a name. Balancers and orchestrators send such
 * requests, also behind a mapped port. No name is involved, so no page can have taken one over. `localhost` always
 * means the machine that asks.
 */
export function isProbeByAddress({ headers, method }: IncomingMessage, path: string): boolean {
  if (!PROBES.has(path) || (method !== "GET" && method !== "HEAD")) return false;
  // HTTP/1.0 has no such header, and some balancers check by it. In HTTP/1.1 one is missing by mistake.
  if (headers.host === undefined) return true;
  const { name } = splitHost(headers.host);
  return isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0 || name === "localhost";
}

/** The address the connection arrived on: no name is involved, so nothing can have been rebound. */
function isOwnAddress(request: Addressed, { name, port }: Host): boolean {
  const { localAddress, localPort } = request.socket;
  const address = unmapped(localAddress ?? "");
  const shown = isIP(address) === 6 ? `[${address}]` : address;
  const isOwnPort = port === "" ? localPort === 80 || localPort === 443 : port === String(localPort);
  return isIP(address) !== 0 && name === shown && isOwnPort;
}
