import type { StorableEndpoint } from "#core/cache/cacheable.ts";
import type { Purgeable } from "#core/cache/purges.ts";
import { Meter } from "../request/usage-meter.ts";

/** A whole good answer, as the provider gave it, to the byte. */
export interface CachedAnswer extends Purgeable {
  endpoint: StorableEndpoint;
  body: Buffer;
  isStream: boolean;
  contentType: string;
  /** The provider's `request-id` of that time. */
  requestId: string | null;
  storedAtMs: number;
  /** How long the provider took. */
  tookMs: number;
  /** Usage and ending, as they were read when the answer passed by. */
  meter: Meter;
}

/** Key, head and meter beside the body, near enough. */
const ENTRY_BYTES = 2_048;

export const measureMemory = (answer: CachedAnswer): number => answer.body.length + ENTRY_BYTES;

/** The answer for the shared memory: one line of JSON, then the body. */
export function packed({ body, meter: _meter, ...head }: CachedAnswer): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}

/** Null for what another release has packed otherwise. It came sealed, so it is one of ours. */
export function unpacked(bytes: Buffer): CachedAnswer | null {
  const end = bytes.indexOf(0x0a);
  if (end === -1) return null;
  try {
    const head = JSON.parse(bytes.toString("utf8", 0, end)) as Omit<CachedAnswer, "body" | "meter">;
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
  else meter.readJson(body.toString("utf8"), 200);
  meter.end();
  return meter;
}
