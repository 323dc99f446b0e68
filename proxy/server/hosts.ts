import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { ProxySettings } from "#config/read-env.ts";
import { AppError } from "#core/errors.ts";

type Addressed = Pick<IncomingMessage, "headers" | "socket">;

const OWN_NAMES = ["localhost", "127.0.0.1", "[::1]"];

/**
 * The exact `Host` values served. A page that makes its own name point to this machine (DNS rebinding) is refused here,
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
    for (const name of own) this.hosts.add(`${name}:${port}`);
    if (port === 80 || port === 443) for (const name of own) this.hosts.add(name);
    if (settings.publicUrl !== null) this.addPublic(settings.publicUrl);
    for (const name of settings.allowedHosts) (/:\d+$/.test(name) ? this.hosts : this.names).add(name);
  }

  /** The address people use, also with the port that its scheme has anyway, as some clients write it. */
  private addPublic({ host, hostname, port, protocol }: URL): void {
    this.hosts.add(host.toLowerCase());
    if (port === "") this.hosts.add(`${hostname.toLowerCase()}:${protocol === "https:" ? 443 : 80}`);
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
    const host = name.toLowerCase();
    if (this.hosts.has(host) || this.names.has(host.replace(/:\d{1,5}$/, ""))) {
      this.lastFound = name;
      return true;
    }
    return !this.loopback && isOwnAddress(request, host);
  }
}

const PROBES = new Set(["/health", "/healthz", "/livez", "/readyz"]);

/**
 * A health check that names an address instead of a name, as balancers and orchestrators do, also behind a mapped port.
 * No name is involved, so no page can have taken one over; `localhost` always means the machine that asks.
 */
export function isProbeByAddress({ headers, method }: IncomingMessage, path: string): boolean {
  if (!PROBES.has(path) || (method !== "GET" && method !== "HEAD")) return false;
  const host = (headers.host ?? "").replace(/:\d{1,5}$/, "").replace(/^\[(.*)\]$/, "$1");
  return isIP(host) !== 0 || host.toLowerCase() === "localhost";
}

/** The address the connection arrived on: no name is involved, so nothing can have been rebound. */
function isOwnAddress(request: Addressed, host: string): boolean {
  const { localAddress, localPort } = request.socket;
  const address = localAddress?.replace(/^::ffff:/, "") ?? "";
  const shown = isIP(address) === 6 ? `[${address}]` : address;
  return isIP(address) !== 0 && host === `${shown}:${localPort}`;
}
