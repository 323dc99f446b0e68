import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A stand-in for the provider or the console. It says in each answer whose request it answers, and notes what should
 * never have reached it.
 */
export interface StandIn {
  url: string;
  findings: string[];
  close(): void;
}

/** What an answer says about the request it belongs to. */
export interface Echo {
  marker: string;
  credential: string;
}

/** Marks the request that attackers hide inside another one. */
export const HIDDEN = "hidden";
const HIDDEN_MS = 20;

export async function startStandIn(name: string): Promise<StandIn> {
  const findings: string[] = [];
  const server = createServer((request, response) => answer(name, request, response, findings));
  server.on("clientError", (problem: NodeJS.ErrnoException, socket) => {
    // Only what the parser says; a caller who left in the middle of a body is cut off here too.
    if (problem.code?.startsWith("HPE_") && problem.code !== "HPE_INVALID_EOF_STATE")
      findings.push(`the ${name} was sent what it cannot read: ${problem.code}`);
    socket.destroy();
  });
  // Keep connections for an hour. After a stall of the busy process that all parties share, Node's five seconds would
  // end a connection as a request is put on it.
  server.keepAliveTimeout = 3_600_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    findings,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answer(name: string, request: IncomingMessage, response: ServerResponse, findings: string[]): void {
  const { headers, method, url = "" } = request;
  const echo: Echo = {
    marker: String(headers["x-marker"] ?? ""),
    credential: String(headers["x-api-key"] ?? headers.cookie ?? ""),
  };
  if (echo.marker === HIDDEN) findings.push(`the ${name} was sent the hidden request: ${method} ${url}`);
  request.on("error", () => {});
  response.on("error", () => {});
  const send = () => {
    const usage = { input_tokens: 1, output_tokens: 1 };
    const body = JSON.stringify({ type: "message", model: "claude-opus-5-5", content: [], usage, ...echo });
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
  };
  // Some answer before they have read the body, and leave the rest of it on the connection.
  if (url.includes("lazy")) {
    request.once("data", () => request.pause());
    setTimeout(send, 1);
    return;
  }
  request.resume();
  // A hidden request takes its time: its answer comes when another caller's request is waiting on the connection for one.
  if (echo.marker === HIDDEN) setTimeout(send, HIDDEN_MS);
  else request.on("end", send);
}
