import { isTextAt } from "./ascii.ts";

/** Keys come from callers: what is remembered of them is bounded. */
const NAMES_MAX = 512;
const NAME_BYTES_MAX = 64;

const known = new Map<number, { name: string; bytes: Uint8Array }>();
const decoder = new TextDecoder();

/**
 * The text of `start`..`end`, the same string each time: the few dozen keys of a protocol are read over and over, and a string
 * made anew has to be copied, hashed and collected again.
 */
export function keyName(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > NAME_BYTES_MAX) return decoder.decode(bytes.subarray(start, end));
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
  const found = known.get(hash);
  if (found !== undefined && found.bytes.length === end - start && isTextAt(bytes, start, found.bytes))
    return found.name;
  const own = bytes.slice(start, end);
  const name = decoder.decode(own);
  if (known.size >= NAMES_MAX) known.clear();
  known.set(hash, { name, bytes: own });
  return name;
}
