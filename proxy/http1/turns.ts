import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Pipelined requests held here; more wait in the operating system. */
const AHEAD_MAX = 32;

interface Entry {
  /** The request; null for bytes that are no request and delay nothing. */
  readonly response: ServerResponse | null;
  begin(): void;
}

interface Queue {
  current: ServerResponse;
  waiting: Entry[];
}

/**
 * Serves the requests of a connection one after the other, as the fast path does. Node begins with each request as soon
 * as it is parsed. A request behind a refusal must wait until the refusal is known, since its response would reach no
 * caller. Connections with one request at a time pay one table look-up.
 */
export class Turns {
  /** Connections with a response in progress. */
  private readonly queues = new WeakMap<Socket, Queue>();

  /**
   * Null when the request may begin now; otherwise resolves when it may. Never resolves when the connection ends
   * before.
   */
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

  /** Resolves when all requests read so far have their response. */
  async idle(socket: Socket): Promise<void> {
    const queue = this.queues.get(socket);
    if (queue !== undefined)
      await new Promise<void>((resolve) => queue.waiting.push({ response: null, begin: resolve }));
  }

  /** Resolves when the response in progress is over, ahead of all queued requests. */
  async next(socket: Socket): Promise<void> {
    const queue = this.queues.get(socket);
    if (queue !== undefined)
      await new Promise<void>((resolve) => queue.waiting.unshift({ response: null, begin: resolve }));
  }

  /** The response in progress, if there is one. */
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
