import { Socket } from "node:net";

/** Where what a caller sends is put, and what is done with it. */
export interface Reading {
  /** Where the next bytes go. Asked after each read for the one that follows. */
  room(): Uint8Array;
  /** `length` bytes are in what `room` gave last. False stops reading, until `resume`. */
  arrived(length: number): boolean;
}

/** A socket as `node:net` makes it: around a handle of the operating system. */
type Handle = ConstructorParameters<typeof Socket>[0] & { handle: object };

/**
 * An accepted connection whose bytes are read where `reading` wants them. By itself Node sets 64 kB aside for every read and
 * hands them out as a new buffer: for a body of 150 kB that costs as much as all copies of it in the kernel. `node:net` offers a
 * buffer of one's own (`onread`) only to those who make the socket, so the connection gets a second one around the handle
 * that a server's socket has. Null when there is none to be had, as when the connection is gone already.
 */
export function callerSocket(accepted: Socket, reading: Reading): Socket | null {
  const holder = accepted as unknown as { _handle?: object | null };
  const handle = holder._handle;
  if (handle === null || handle === undefined || accepted.destroyed) return null;
  const onread = { buffer: () => reading.room(), callback: (length: number) => reading.arrived(length) };
  const socket = new Socket({ handle, allowHalfOpen: true, onread } as Handle);
  holder._handle = null;
  // The server counts its connections by the sockets it made itself.
  socket.once("close", () => accepted.destroy());
  return socket;
}
