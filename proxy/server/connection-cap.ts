import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Connections per address. A developer's machine holds a few dozen; a front proxy may hold all of them and is named as
 * trusted.
 */
const PER_ADDRESS_MAX = 2_048;
const ALL_MAX = 16_384;

/** Keeps one address from taking every connection there is. */
export class ConnectionCap {
  private readonly trusted: ReadonlySet<string>;
  private readonly open = new Map<string, number>();

  constructor(trustedProxies: readonly string[]) {
    this.trusted = new Set(trustedProxies);
  }

  watch(server: Server): void {
    server.maxConnections = ALL_MAX;
    server.on("connection", (socket) => this.connected(socket));
  }

  private connected(socket: Socket): void {
    const address = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    if (this.trusted.has(address)) return;
    const count = (this.open.get(address) ?? 0) + 1;
    this.open.set(address, count);
    socket.once("close", () => this.closed(address));
    if (count > PER_ADDRESS_MAX) socket.destroy();
  }

  private closed(address: string): void {
    const count = (this.open.get(address) ?? 1) - 1;
    if (count <= 0) this.open.delete(address);
    else this.open.set(address, count);
  }
}
