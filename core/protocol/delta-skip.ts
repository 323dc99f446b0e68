import { scratch } from "#core/memo.ts";
import { engineBody, engineMemory, jsonEngine } from "../json-index/json-engine.ts";

/**
 * Offsets in the engine's memory, as in `json-engine.wat`. The sum is in the part for results, the stream in the part
 * for bodies.
 */
const SUM_AT = 64 * 1024;
const STREAM_AT = 128 * 1024;
/** Window per call: where deltas end soon after all, little was copied in vain. */
const WINDOW_BYTES = 8 * 1024;
/** Below this the copy and the call cost more than they save. */
const WORTH_BYTES = 1024;

const sums = scratch(
  new Int32Array(engineMemory.buffer, jsonEngine === null ? 0 : SUM_AT, jsonEngine === null ? 0 : 1),
);

/** End of the skipped deltas, and the bytes of text they carry. Reused by the next call. */
const passed = scratch({ end: 0, textBytes: 0 });

/**
 * Skips the consecutive deltas from `start` that are written as nearly all are. They have the colon before their text
 * `colonAt` bytes into the data. Null when there are few, or no SIMD: then they are read one by one, with the same
 * result.
 */
export function skipDeltas(bytes: Uint8Array, start: number, colonAt: number): typeof passed | null {
  const length = Math.min(bytes.length - start, WINDOW_BYTES);
  if (jsonEngine === null || length < WORTH_BYTES) return null;
  engineBody.bytes = null;
  engineMemory.set(bytes.subarray(start, start + length), STREAM_AT);
  passed.end = start + jsonEngine.deltas(STREAM_AT, STREAM_AT + length, colonAt, SUM_AT) - STREAM_AT;
  passed.textBytes = sums[0] as number;
  return passed;
}
