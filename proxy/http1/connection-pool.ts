import { connect as connectPlain, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { connect as connectSecure } from "node:tls";
import { Connection, type Waits } from "./connection.ts";

interface PoolOptions extends Waits {
  connectMs: number;
  /**
   * Idle timeout, shorter than the one of the provider's front. The front thus never closes a connection under a
   * request.
   */
  keepAliveMs: number;
}

const READ_BYTES = 64 * 1024;

/** Receives the bytes of a connection; before it carries a request, none may arrive. */
interface Reader {
  read(bytes: Buffer): void;
}

/** A connection could not be made within its timeout. */
class ConnectTimeout extends Error {
  readonly code = "ERR_CONNECT_TIMEOUT";
}

/**
 * Pool of connections to one origin. The one used last is used first, so that few stay warm; one request at a time on
 * each, as many as are needed at once.
 */
export class ConnectionPool {
  private readonly origin: URL;
  private readonly options: PoolOptions;
  private readonly free: Connection[] = [];
  private readonly all = new Set<Connection>();
  private readonly connecting = new Set<Socket>();
  private readonly sweep: NodeJS.Timeout;
  private session: Buffer | undefined;
  /**
   * Shared read buffer of all responses, copied out in their own size. Memory of 64 kB for each read, most of it not
   * needed, kept the garbage collector busy.
   */
  private readonly readInto = Buffer.allocUnsafeSlow(READ_BYTES);

  constructor(origin: URL, options: PoolOptions) {
    this.origin = origin;
    this.options = options;
    const everyMs = Math.max(5, Math.min(1_000, options.firstByteMs / 8, options.idleMs / 8));
    this.sweep = setInterval(() => this.look(), everyMs).unref();
  }

  /** Acquires a free connection; null when there is none and `connect` has to make one. */
  take(): Connection | null {
    return this.free.pop() ?? null;
  }

  connect(): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const reader: Reader = { read: () => socket.destroy() };
      const socket = this.openSocket(reader);
      this.connecting.add(socket);
      const timer = setTimeout(
        () => socket.destroy(new ConnectTimeout("connecting took too long")),
        this.options.connectMs,
      );
      const done = () => {
        clearTimeout(timer);
        this.connecting.delete(socket);
      };
      const failed = (problem?: Error) => {
        done();
        reject(problem instanceof Error ? problem : new ConnectTimeout("the connection was closed while it was made"));
      };
      socket.once("error", failed);
      socket.once("close", failed);
      socket.once(this.isSecure ? "secureConnect" : "connect", () => {
        done();
        socket.off("error", failed);
        socket.off("close", failed);
        const connection = new Connection(socket, { isFree: (c) => this.keep(c), isGone: (c) => this.forget(c) });
        reader.read = (bytes) => connection.read(bytes);
        this.all.add(connection);
        resolve(connection);
      });
    });
  }

  /** Releases a connection without a request on it. */
  keep(connection: Connection): void {
    connection.freeSince = performance.now();
    this.free.push(connection);
  }

  close(): void {
    clearInterval(this.sweep);
    const reason = new Error("the proxy is stopping");
    for (const socket of this.connecting) socket.destroy(reason);
    for (const connection of this.all) connection.abort(reason);
  }

  private get isSecure(): boolean {
    return this.origin.protocol === "https:";
  }

  private openSocket(reader: Reader): Socket {
    const { hostname } = this.origin;
    const host = hostname.replace(/^\[|\]$/g, "");
    const port = Number(this.origin.port) || (this.isSecure ? 443 : 80);
    const callback = (length: number) => {
      reader.read(Buffer.from(this.readInto.subarray(0, length)));
      return true;
    };
    const onread = { buffer: this.readInto, callback };
    const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000, onread };
    if (!this.isSecure) return connectPlain(options);
    const servername = /^[\d.]+$|:/.test(host) ? undefined : host;
    const socket = connectSecure({ ...options, servername, ALPNProtocols: ["http/1.1"], session: this.session });
    socket.on("session", (session) => {
      this.session = session;
    });
    return socket;
  }

  private forget(connection: Connection): void {
    this.all.delete(connection);
    const at = this.free.indexOf(connection);
    if (at !== -1) this.free.splice(at, 1);
  }

  private look(): void {
    const now = performance.now();
    for (const connection of this.all) connection.checkWaits(now, this.options);
    const stale = this.free.filter((connection) => now - connection.freeSince > this.options.keepAliveMs);
    for (const connection of stale) connection.abort(new Error("idle for long enough"));
  }
}
