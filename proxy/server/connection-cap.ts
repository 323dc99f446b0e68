import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { TrustedProxies } from "#config/trusted-proxies.ts";
import { toCountedAddress, toSite, unmapped } from "#core/access/counted-address.ts";

/**
 * Connections per address. A developer's machine holds a few dozen; a front proxy may hold all of them and is named as
 * trusted.
 */
const PER_ADDRESS_MAX = 2_048;
/** Of one IPv6 site, which has thousands of addresses to count. */
const PER_NETWORK_MAX = 4_096;
const ALL_MAX = 16_384;

/** Keeps one address from taking every connection there is. */
export class ConnectionCap {
  private readonly open = new Map<string, number>();

  constructor(private readonly trusted: TrustedProxies) {}

  watch(server: Server): void {
    server.maxConnections = ALL_MAX;
    server.on("connection", (socket) => this.connected(socket));
  }

  private connected(socket: Socket): void {
    const address = unmapped(socket.remoteAddress ?? "");
    if (this.trusted.has(address)) return;
    const place = toCountedAddress(address);
    const network = toSite(place);
    const isTooMany = this.opened(place) > PER_ADDRESS_MAX;
    const isNetworkFull = network !== place && this.opened(network) > PER_NETWORK_MAX;
    socket.once("close", () => {
      this.closed(place);
      if (network !== place) this.closed(network);
    });
    if (isTooMany || isNetworkFull) socket.destroy();
  }

  private opened(place: string): number {
    const count = (this.open.get(place) ?? 0) + 1;
    this.open.set(place, count);
    return count;
  }

  private closed(place: string): void {
    const count = (this.open.get(place) ?? 1) - 1;
    if (count <= 0) this.open.delete(place);
    else this.open.set(place, count);
  }
}
