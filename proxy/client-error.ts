import type { Duplex } from "node:stream";
import { errorBody } from "#core/protocol/error-body.ts";
import { newId } from "./event-id.ts";

const CLIENT_ERRORS: Readonly<Record<string, [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, "invalid_request_error", "The request headers are too large."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "timeout_error", "The request took too long to arrive."],
};

/** The parser gave up: no request exists yet, so the answer is written by hand and the connection ends. */
export function answerClientError(problem: NodeJS.ErrnoException, socket: Duplex): void {
  if (problem.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, type, message] = CLIENT_ERRORS[problem.code ?? ""] ?? [
    400,
    "invalid_request_error",
    "The request is not valid HTTP.",
  ];
  const body = errorBody(type, message, newId("evt", Date.now()));
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
