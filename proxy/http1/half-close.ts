import type { IncomingMessage, ServerResponse } from "node:http";
import type { CallerResponse } from "./caller-side.ts";

/**
 * Times after the end of a caller's side at which the connection is probed. A caller who has closed the whole
 * connection responds to the first bytes with a reset, which the next write reports. Clients tolerate no more than five
 * informational responses.
 */
const PROBES_MS = [0, 20, 200, 2_000];

/**
 * Distinguishes a caller who has only finished sending from one who has left. On the wire both begin with the same FIN.
 * Before the head of the response the probe is `100 Continue`. Every HTTP/1.1 client skips it, and a client of HTTP/1.0
 * takes it for the response. One of those (`skipsContinue` is false) is not probed until its head is written. After the
 * head, `probe` is emitted, and a writer that may write something harmless just then does.
 */
export function probeCaller(response: CallerResponse, skipsContinue: boolean): void {
  let isOver = false;
  const timers = PROBES_MS.map((delayMs) => setTimeout(probe, delayMs).unref());
  const stop = () => {
    isOver = true;
    for (const timer of timers) clearTimeout(timer);
  };
  response.on("finish", stop);
  response.on("close", stop);

  function probe() {
    if (isOver || response.destroyed || response.writableNeedDrain) return;
    if (response.headersSent) response.emit("probe");
    else if (skipsContinue) response.writeContinue();
  }
}

/**
 * Probes the caller of a request when its side of the connection ends before the response does. The request is one that
 * Node's parser has read.
 */
export function watchHalfClose(request: IncomingMessage, response: ServerResponse): void {
  const { socket, httpVersionMajor, httpVersionMinor } = request;
  const isNewEnough = httpVersionMajor > 1 || (httpVersionMajor === 1 && httpVersionMinor >= 1);
  const ended = () => probeCaller(response, isNewEnough);
  // A queued request may begin after that end.
  if (socket.readableEnded) ended();
  else socket.once("end", ended);
  response.once("close", () => socket.off("end", ended));
}
