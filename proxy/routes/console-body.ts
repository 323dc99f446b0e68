import type { IncomingMessage } from "node:http";
import { CONSOLE_BODY_BYTES_MAX } from "#core/console-body.ts";
import { AppError } from "#core/errors.ts";

/** Bytes of all bodies for the console in progress. Any caller may send one, so the sum has a limit as well. */
const HELD_BYTES_MAX = 32 * 1024 * 1024;
let heldBytes = 0;

/**
 * Reads the whole body of a request to the console, or null for none. The console never sees a part of one: a caller
 * who sends slowly, too much or not to the end occupies no connection of it. Throws `request.too-large` and `busy`.
 */
export async function readConsoleBody(request: IncomingMessage): Promise<Buffer | null> {
  const { "content-length": length, "transfer-encoding": coding } = request.headers;
  if (coding === undefined && (length === undefined || Number(length) === 0)) return null;
  if (Number(length ?? 0) > CONSOLE_BODY_BYTES_MAX) throw new AppError("request.too-large");
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      request.on("data", (piece: Buffer) => {
        bytes += piece.length;
        heldBytes += piece.length;
        if (bytes > CONSOLE_BODY_BYTES_MAX) reject(new AppError("request.too-large"));
        else if (heldBytes > HELD_BYTES_MAX) reject(new AppError("busy"));
        else pieces.push(piece);
      });
      request.on("end", resolve);
      request.on("close", resolve);
    });
  } finally {
    request.removeAllListeners("data");
    heldBytes -= bytes;
  }
  return Buffer.concat(pieces);
}
