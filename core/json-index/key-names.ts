import { scratch } from "#core/memo.ts";
import { isTextAt } from "./ascii.ts";
import { BACKSLASH } from "./bytes.ts";

/** Size of the table. Keys come from callers, so the table is bounded and one key may evict another. */
const PLACES = 1024;
const NAME_BYTES_MAX = 64;

const known = scratch<({ name: string; bytes: Uint8Array } | undefined)[]>(new Array(PLACES).fill(undefined));
const decoder = new TextDecoder();

/**
 * Returns the text of `start`..`end`, interned. The few dozen keys of a protocol are read over and over, and a new
 * string has to be copied, hashed and collected each time. Null when it contains a backslash: then it spells another
 * name.
 */
export function keyName(bytes: Uint8Array, start: number, end: number): string | null {
  const length = end - start;
  let hash = length;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === BACKSLASH) return null;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  if (length > NAME_BYTES_MAX) return decoder.decode(bytes.subarray(start, end));
  const place = (hash ^ (hash >>> 10)) & (PLACES - 1);
  const found = known[place];
  if (found !== undefined && found.bytes.length === length && isTextAt(bytes, start, found.bytes)) return found.name;
  const neighbour = known[place ^ 1];
  if (neighbour !== undefined && neighbour.bytes.length === length && isTextAt(bytes, start, neighbour.bytes)) {
    return neighbour.name;
  }
  const own = bytes.slice(start, end);
  const name = decoder.decode(own);
  // Two keys of one slot would evict each other in every body.
  known[place ^ 1] = found;
  known[place] = { name, bytes: own };
  return name;
}
