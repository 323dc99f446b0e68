import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Requests that a caller has sent ahead beyond this wait in the operating system. */
const AHEAD_MAX = 32;

interface Entry {
  /** Null for what is no request and keeps nothing waiting. */
  readonly response: ServerResponse | null;
  begin(): void;
}

interface Queue {
  current: ServerResponse;
  waiting: Entry[];
}

/**
 * Serves the requests of a connection one after the other, as the fast path does: Node begins with each as soon as it is
 * read. What stands behind a refusal must wait until the refusal is known, for nobody would have its answer. Connections
 * with one request at a time pay one look into a table.
 */
export class Turns {
  /** Connections with an answer under way. */
  private readonly queues = new WeakMap<Socket, Queue>();

  /** Null when the request may begin now; otherwise resolves when it may. Never resolves when the connection ends before. */
  enter(socket: Socket, response: ServerResponse): Promise<void> | null {
    const queue = this.queues.get(socket);
    if (queue === undefined) {
      const begun: Queue = { current: response, waiting: [] };
      this.queues.set(socket, begun);
      this.watch(socket, begun);
      return null;
    }
    if (queue.waiting.length >= AHEAD_MAX) socket.pause();
    return new Promise((resolve) => queue.waiting.push({ response, begin: resolve }));
  }

  /** Resolves when all requests read so far are answered. */
  async idle(socket: Socket): Promise<void> {
    const queue = this.queues.get(socket);
    if (queue !== undefined)
      await new Promise<void>((resolve) => queue.waiting.push({ response: null, begin: resolve }));
  }

  /** Resolves when the answer under way is over, in front of all requests that wait. */
  async next(socket: Socket): Promise<void> {
    const queue = this.queues.get(socket);
    if (queue !== undefined)
      await new Promise<void>((resolve) => queue.waiting.unshift({ response: null, begin: resolve }));
  }

  /** The answer under way, if there is one. */
  current(socket: Socket): ServerResponse | null {
    return this.queues.get(socket)?.current ?? null;
  }

  private watch(socket: Socket, queue: Queue): void {
    queue.current.once("close", () => this.advance(socket, queue));
  }

  private advance(socket: Socket, queue: Queue): void {
    for (;;) {
      const next = queue.waiting.shift();
      if (queue.waiting.length === AHEAD_MAX) socket.resume();
      if (next === undefined) {
        this.queues.delete(socket);
        return;
      }
      if (next.response !== null) {
        queue.current = next.response;
        this.watch(socket, queue);
      }
      next.begin();
      if (next.response !== null) return;
    }
  }
}
