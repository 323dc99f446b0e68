import type { ServerResponse } from "node:http";

/** Sends a value as JSON with its length. */
export function json(res: ServerResponse, value: unknown): void {
  sendBytes(res, Buffer.from(JSON.stringify(value)), "application/json");
}

/** Sends a whole body of a type with its length. */
export function sendBytes(res: ServerResponse, body: Buffer, type: string): void {
  res.writeHead(200, { "content-type": type, "content-length": body.length });
  res.end(body);
}
