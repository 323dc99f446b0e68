import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { Mood } from "./moods.ts";
import { frame } from "./stream.ts";

const ERROR_FRAME = (requestId: string) =>
  frame("error", { error: { type: "overloaded_error", message: "Overloaded" }, request_id: requestId });

/** Sends SSE frames as the mood wants them: at once, slowly, cut, gone silent, with an error event, split, compressed. */
export async function deliverFrames(res: ServerResponse, all: string[], mood: Mood, requestId: string): Promise<void> {
  if (isPlain(mood)) {
    // Two writes: the client sees the head before the rest, as from the real API.
    res.write(all[0] ?? "");
    res.end(all.slice(1).join(""));
    return;
  }
  const planned =
    mood.errorAfterEvents === null ? all : [...all.slice(0, mood.errorAfterEvents), ERROR_FRAME(requestId)];
  if (mood.gzip) {
    res.end(gzipSync(planned.join("")));
    return;
  }
  const stopAt = mood.cutAfterEvents ?? mood.hangAfterEvents ?? planned.length;
  let budget = mood.cutAfterBytes ?? Number.POSITIVE_INFINITY;
  for (const text of planned.slice(0, stopAt)) {
    if (mood.eventDelayMs > 0) await pause(mood.eventDelayMs);
    if (res.destroyed) return;
    const bytes = Buffer.from(text).subarray(0, budget);
    budget -= bytes.length;
    await writeSplit(res, bytes, mood.splitBytes);
    if (budget <= 0) return cut(res);
  }
  if (mood.hangAfterEvents !== null) return;
  if (mood.cutAfterEvents !== null) return cut(res);
  res.end();
}

/** Sends a JSON answer as the mood wants it. */
export async function deliverJson(res: ServerResponse, body: Buffer, mood: Mood): Promise<void> {
  if (mood.hangAfterEvents !== null) {
    res.write(body.subarray(0, 20));
    return;
  }
  if (mood.cutAfterEvents !== null || mood.cutAfterBytes !== null) {
    res.write(body.subarray(0, Math.min(body.length - 1, mood.cutAfterBytes ?? 40)));
    return cut(res);
  }
  if (mood.eventDelayMs > 0) await pause(mood.eventDelayMs);
  res.end(mood.gzip ? gzipSync(body) : body);
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const isPlain = (mood: Mood) =>
  mood.eventDelayMs === 0 &&
  mood.cutAfterEvents === null &&
  mood.cutAfterBytes === null &&
  mood.errorAfterEvents === null &&
  mood.hangAfterEvents === null &&
  mood.splitBytes === null &&
  !mood.gzip;

async function writeSplit(res: ServerResponse, bytes: Buffer, size: number | null): Promise<void> {
  if (size === null) {
    if (!res.write(bytes)) await drained(res);
    return;
  }
  for (let at = 0; at < bytes.length; at += size) {
    res.write(bytes.subarray(at, at + size));
    // One turn of the event loop per piece keeps the pieces apart on the wire.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

const drained = (res: ServerResponse) =>
  new Promise<void>((resolve) => {
    res.once("drain", resolve);
    res.once("close", resolve);
  });

/** Lets what was written leave first, then breaks the connection without the final chunk. */
function cut(res: ServerResponse): void {
  setTimeout(() => res.socket?.destroy(), 10);
}
