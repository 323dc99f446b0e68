import type { Socket } from "node:net";

/** Passes a connection to the server: Node's parser reads it from then on. */
export type Parse = (socket: Socket) => void;

/** Hands a connection to Node's parser, with `unread` in front of the bytes still to come. */
export function handOver(socket: Socket, unread: Buffer, hasEnded: boolean, parse: Parse): void {
  if (hasEnded) {
    // The stream has emitted its end and takes nothing back: the parser is notified of both here.
    parse(socket);
    socket.emit("data", unread);
    socket.emit("end");
    return;
  }
  socket.pause();
  socket.unshift(unread);
  parse(socket);
  socket.resume();
}
