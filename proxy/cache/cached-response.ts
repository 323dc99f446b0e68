import type { StorableEndpoint } from "#core/cache/cacheable.ts";
import type { Purgeable } from "#core/cache/purges.ts";
import { Meter } from "../request/usage-meter.ts";

/** A whole good response, byte for byte as the provider sent it. */
export interface CachedResponse extends Purgeable {
  endpoint: StorableEndpoint;
  body: Buffer;
  isStream: boolean;
  contentType: string;
  /** The provider's original `request-id`. */
  requestId: string | null;
  storedAtMs: number;
  /** Duration of the provider's original response. */
  tookMs: number;
  /** Usage and ending, as read when the response passed by. */
  meter: Meter;
}

/** Approximate memory of key, head and meter beside the body. */
const ENTRY_BYTES = 2_048;

export const measureMemory = (answer: CachedResponse): number => answer.body.length + ENTRY_BYTES;

/** Packs the response for the shared memory: one line of JSON, then the body. */
export function packed({ body, meter: _meter, ...head }: CachedResponse): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}

/** Unpacks a response; null for the format of another release. It came sealed, so it is one of ours. */
export function unpacked(bytes: Buffer): CachedResponse | null {
  const end = bytes.indexOf(0x0a);
  if (end === -1) return null;
  try {
    const head = JSON.parse(bytes.toString("utf8", 0, end)) as Omit<CachedResponse, "body" | "meter">;
    const isWhole = typeof head.storedAtMs === "number" && typeof head.purgeSerial === "number";
    if (!isWhole || typeof head.contentType !== "string") return null;
    const body = bytes.subarray(end + 1);
    return { ...head, body, meter: metered(body, head.isStream) };
  } catch {
    return null;
  }
}

function metered(body: Buffer, isStream: boolean): Meter {
  const meter = new Meter();
  if (isStream) meter.push(body);
  else meter.readJson(body, 200);
  meter.end();
  return meter;
}
