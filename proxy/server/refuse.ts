import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { AppError, apiErrorBody, errorEntry, errorLink, errorPath } from "#core/errors.ts";
import { errorBody } from "#core/protocol/error-body.ts";
import type { CallerRequest, CallerResponse } from "../http1/caller-side.ts";
import { markClosing } from "./client-error.ts";
import { FramingError } from "./guard.ts";

/** Which error format the refused caller reads: the provider's error shape under `/v1/`, the contract's elsewhere. */
export type Door = "model" | "api";

/** How long an unread body is drained after a refusal. The caller then reads the response and not a reset. */
const DRAIN_MS = 2_000;
const DRAIN_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Sends a refusal in the error format of its caller and closes the connection after it. No request may follow on a
 * connection of which something was refused or left unread.
 */
export function refuse(
  request: CallerRequest,
  response: CallerResponse,
  problem: AppError,
  door: Door,
  id: string,
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  markClosing(request.socket);
  const body = refusalBody(problem, door, id);
  const headers: Record<string, string | number> = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    connection: "close",
    "x-cco-request-id": id,
    link: errorLink(problem.code),
  };
  // Without this the client repeats a 401 about ten times over minutes.
  const isFinal = problem.status === 401 || problem.status === 403 || problem.code === "key.budget-spent";
  if (isFinal) headers["x-should-retry"] = "false";
  if (problem.status === 503 || problem.status === 429)
    headers["retry-after"] = String(problem.details.retryAfterSeconds ?? 1);
  if (problem.status === 405) headers.allow = "GET, HEAD, POST, PUT, PATCH, DELETE";
  const isUnread = !request.complete;
  response.writeHead(problem.status, headers);
  const payload = request.method === "HEAD" ? undefined : body;
  if (!isUnread || problem instanceof FramingError) {
    response.end(payload);
    return;
  }
  // Drain the request before ending the response. Ending now would close the socket under a caller who is still
  // writing. That caller would then see a reset, not the response.
  if (payload !== undefined) response.write(payload);
  drain(request, () => response.end());
}

/** Responds to a refused handshake, of which no response object exists, with a raw HTTP error, and ends the connection. */
export function refuseUpgrade(socket: Duplex, problem: AppError, door: Door, id: string): void {
  const body = refusalBody(problem, door, id);
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    "Connection: close",
    `x-cco-request-id: ${id}`,
    `link: ${errorLink(problem.code)}`,
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
  // Read and drop bytes sent behind the refusal, so that the response is not lost to a reset. A timeout bounds how long
  // the rest stays open.
  socket.resume();
  setTimeout(() => socket.destroy(), DRAIN_MS).unref();
}

function refusalBody(problem: AppError, door: Door, id: string): string {
  const { type } = errorEntry(problem.code);
  if (door === "api") return JSON.stringify(apiErrorBody(problem, new Date()));
  return errorBody(type, problem.publicText, id, errorPath(problem.code));
}

export function asAppError(problem: unknown): AppError {
  return problem instanceof AppError ? problem : new AppError("internal");
}

/** Drains the rest of a request, within limits; calls `done` when all of it has arrived. */
export function drain(request: CallerRequest, done: () => void): void {
  let bytes = 0;
  const stop = () => request.socket.destroy();
  const timer = setTimeout(stop, DRAIN_MS);
  timer.unref();
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DRAIN_BYTES_MAX) stop();
  });
  request.on("end", done);
  request.on("close", () => clearTimeout(timer));
  request.resume();
}
