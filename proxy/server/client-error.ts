import type { Duplex } from "node:stream";
import { errorBody } from "#core/protocol/error-body.ts";
import { newId } from "../request/event-id.ts";

const CLIENT_ERRORS: Readonly<Record<string, [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, "invalid_request_error", "The request headers are too large."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "timeout_error", "The request took too long to arrive."],
};

/** Connections whose last response is written: later requests on them get none. */
const closing = new WeakSet<Duplex>();

/** Statuses that were sent for bytes the parser refused, by connection. */
const refusedWith = new WeakMap<Duplex, number>();

/** The status that a request in progress was given for the rest of its bytes. Null where none was. */
export const findRefusedStatus = (socket: Duplex): number | null => refusedWith.get(socket) ?? null;

/** Records that the response being written is the last one of this connection. */
export function markClosing(socket: Duplex): void {
  closing.add(socket);
}

/** Whether requests on this connection still get a response. */
export const isClosing = (socket: Duplex): boolean => closing.has(socket);

/**
 * Responds to bytes that the parser refused, with a raw HTTP error, and ends the connection. They are no request, or the
 * rest of one whose body is no body.
 */
export function answerClientError(problem: NodeJS.ErrnoException, socket: Duplex): void {
  if (closing.has(socket)) {
    socket.end();
    return;
  }
  if (problem.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, type, message] = CLIENT_ERRORS[problem.code ?? ""] ?? [
    400,
    "invalid_request_error",
    "The request is not valid HTTP.",
  ];
  // Who ends the connection within a body has left, as far as can be known. Mostly nothing reads what is sent here.
  if (problem.code !== "HPE_INVALID_EOF_STATE") refusedWith.set(socket, status);
  const body = errorBody(type, message, newId("evt", Date.now()));
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
