import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { handOver, type Parse } from "./hand-over.ts";
import type { Turns } from "./turns.ts";

const WEBSOCKET = /(?:^|,)[ \t]*websocket[ \t]*(?:,|$)/i;
/** Characters that could end a line of the head that is written again. */
const LINE_BREAK = /[\r\n\0]/;

/** A handshake of WebSocket. A server may ignore every other upgrade request (RFC 9110 §7.8). */
export const isWebSocket = ({ method, headers, httpVersionMinor }: IncomingMessage): boolean =>
  method === "GET" && httpVersionMinor > 0 && WEBSOCKET.test(headers.upgrade ?? "");

/**
 * Serves requests that ask for another protocol as if they had not asked for it. Clients of HTTP/2 send `Upgrade: h2c`
 * by default. Node's parser stops at such a head and leaves the body unread. So the parser receives the same connection
 * again, with the same head except for its Upgrade lines. Framing, body and what follows are parsed and judged as
 * usual.
 */
export class IgnoredUpgrades {
  constructor(
    private readonly parse: Parse,
    private readonly turns: Turns,
  ) {}

  /** `head`: the bytes that arrived behind the head of the request. */
  async passOver(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const lines = linesWithoutUpgrade(request);
    if (lines.some((line) => LINE_BREAK.test(line))) {
      socket.destroy();
      return;
    }
    const unread = Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]);
    const onError = () => socket.destroy();
    socket.on("error", onError);
    await this.answersBefore(socket);
    if (socket.destroyed || socket.writableEnded) return;
    socket.off("error", onError);
    // The timer belongs to the pause between two requests, which is over.
    socket.setTimeout(0);
    handOver(socket, unread, socket.readableEnded, this.parse);
  }

  /** Responses leave in the order of their requests. */
  private async answersBefore(socket: Socket): Promise<void> {
    // A stream in the middle of emitting its end has emitted it by then.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.turns.current(socket) === null || socket.destroyed) return;
    // The parser has taken this with it.
    const onDrain = () => this.turns.current(socket)?.emit("drain");
    socket.on("drain", onDrain);
    await this.turns.idle(socket);
    socket.off("drain", onDrain);
  }
}

function linesWithoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): string[] {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.toLowerCase() !== "upgrade") lines.push(`${name}: ${rawHeaders[at + 1]}`);
  }
  return lines;
}
