import type { Socket } from "node:net";

/** What a server does with a connection of its own: Node's parser reads it from then on. */
export type Parse = (socket: Socket) => void;

/** Has Node's parser read a connection from now on, with `unread` in front of what is still to come. */
export function handOver(socket: Socket, unread: Buffer, hasEnded: boolean, parse: Parse): void {
  if (hasEnded) {
    // The stream has told its end and takes nothing back: the parser is told of both here.
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
