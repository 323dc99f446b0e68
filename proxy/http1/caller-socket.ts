import { Socket } from "node:net";

/** Buffers for a caller's bytes, and the handler of each read. */
interface Reading {
  /** The buffer for the next bytes. Called after each read for the one that follows. */
  room(): Uint8Array;
  /** `length` bytes are in the last buffer from `room`. False stops reading, until `resume`. */
  arrived(length: number): boolean;
}

/** A socket as `node:net` makes it: around a handle of the operating system. */
type Handle = ConstructorParameters<typeof Socket>[0] & { handle: object };

/**
 * An accepted connection whose bytes are read into the buffers of `reading`. By default Node allocates 64 kB for every
 * read and passes them on as a new buffer: for a body of 150 kB that costs as much as all copies of it in the kernel.
 * `node:net` offers a caller's own buffer (`onread`) only to code that makes the socket, so the connection gets a
 * second one around the handle of the server's socket. Null when there is none, as when the connection is gone already.
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
