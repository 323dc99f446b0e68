import { engineMemory, jsonEngine } from "./json-engine.ts";

/** Where the fields of a document's outermost object lie: for each, start and end of its key and of its value. */
export type Outline = Int32Array;
export const OUTLINE_STEP = 4;

/** The engine's memory, as `json-engine.wat` divides it. */
const FIELDS_AT = 64 * 1024;
const LEVELS_AT = FIELDS_AT + 60 * 1024;
const BODY_AT = 128 * 1024;
const BODY_BYTES_MAX = 1024 * 1024;
/** A request has about a dozen. */
const FIELDS_MAX = 1024;

const found = new Int32Array(engineMemory.buffer, jsonEngine === null ? 0 : FIELDS_AT);

/**
 * The fields of the object that fills `start`..`end`, in one walk with SIMD instructions. Null says nothing: the bytes may be no such
 * object, or one that `JsonScan` has to look at (very large, very deep, numbers with exponents), or the platform has no SIMD. What
 * is found here `JsonScan` finds as well. The outline is lent until the next call.
 */
export function outlineOf(bytes: Uint8Array, start: number, end: number, depthMax: number): Outline | null {
  if (jsonEngine === null || end - start > BODY_BYTES_MAX) return null;
  engineMemory.set(bytes.subarray(start, end), BODY_AT);
  const count = jsonEngine.outline(BODY_AT, BODY_AT + end - start, LEVELS_AT, depthMax, FIELDS_AT, FIELDS_MAX);
  if (count < 0) return null;
  const outline = found.subarray(0, count * OUTLINE_STEP);
  for (let i = 0; i < outline.length; i++) outline[i] = (outline[i] as number) - BODY_AT + start;
  return outline;
}
