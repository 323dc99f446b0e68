import { engineMemory, jsonEngine } from "../json-index/json-engine.ts";

/** The engine's memory, as `json-engine.wat` divides it: the sum in the part for what is found, the stream in that for bodies. */
const SUM_AT = 64 * 1024;
const STREAM_AT = 128 * 1024;
/** So much at a time: where deltas end soon after all, little was copied for nothing. */
const WINDOW_BYTES = 8 * 1024;
/** Below this the copy and the call cost more than they save. */
const WORTH_BYTES = 1024;

const sums = new Int32Array(engineMemory.buffer, jsonEngine === null ? 0 : SUM_AT, jsonEngine === null ? 0 : 1);

/** Where the deltas end, and how many bytes of text they carry. Lent until the next call. */
const passed = { end: 0, textBytes: 0 };

/**
 * Passes over the next deltas that lie one after the other from `start`, written as nearly all are, with the colon before their text
 * `colonAt` bytes into the data. Null when there are not many, or no SIMD: then they are read one by one, with the same result.
 */
export function skipDeltas(bytes: Uint8Array, start: number, colonAt: number): typeof passed | null {
  const length = Math.min(bytes.length - start, WINDOW_BYTES);
  if (jsonEngine === null || length < WORTH_BYTES) return null;
  engineMemory.set(bytes.subarray(start, start + length), STREAM_AT);
  passed.end = start + jsonEngine.deltas(STREAM_AT, STREAM_AT + length, colonAt, SUM_AT) - STREAM_AT;
  passed.textBytes = sums[0] as number;
  return passed;
}
