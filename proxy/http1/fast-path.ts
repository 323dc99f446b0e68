import type { Server } from "node:http";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { invariant } from "#core/invariant.ts";
import { type FastConnectionListener, FastHttpConnection, type FastPathWaits } from "./fast-connection.ts";
import type { FastRequest } from "./fast-request.ts";
import type { FastResponse } from "./fast-response.ts";
import type { Parse } from "./hand-over.ts";
import type { PlainRequest } from "./request-head.ts";

/** Begins to serve a plain request and returns true, or leaves it to Node's parser. */
export type ServePlain = (
  plain: PlainRequest,
  socket: Socket,
  open: () => { request: FastRequest; response: FastResponse },
) => boolean;

const LOOK_MS = 1_000;

/**
 * The fast-path connections of one server. Every new connection begins as one; those with other requests go to the
 * server's own parser.
 */
export class FastPath {
  private readonly connections = new Set<FastHttpConnection>();
  private readonly sweep: NodeJS.Timeout;
  /** Passes a connection to the server's own parser. */
  readonly parse: Parse;

  constructor(server: Server, serve: ServePlain, waits: FastPathWaits) {
    const [listener] = server.listeners("connection") as ((socket: Socket) => void)[];
    invariant(listener !== undefined, "a server of Node reads its connections with its own listener");
    server.off("connection", listener);
    const parse: Parse = (socket) => listener.call(server, socket);
    this.parse = parse;
    const owner: FastConnectionListener = {
      serve,
      parse,
      gone: (connection) => this.connections.delete(connection),
    };
    server.on("connection", (accepted: Socket) => {
      if (accepted.destroyed) return;
      const connection = FastHttpConnection.on(accepted, owner);
      if (connection === null) parse(accepted);
      else this.connections.add(connection);
    });
    this.sweep = setInterval(() => this.look(waits), LOOK_MS).unref();
  }

  closeIdle(): void {
    for (const connection of this.connections) if (connection.isIdle) connection.destroy();
  }

  close(): void {
    clearInterval(this.sweep);
    for (const connection of this.connections) connection.destroy();
  }

  private look(waits: FastPathWaits): void {
    const now = performance.now();
    for (const connection of this.connections) connection.checkWaits(now, waits);
  }
}
