import { scratch } from "#core/memo.ts";
import { type BlockCounts, noBlocks } from "../protocol/count-blocks.ts";
import { engineBody, engineMemory, jsonEngine } from "./json-engine.ts";

/** Fields of a document's outermost object: for each, start and end of its key and of its value. Offsets count from `base`. */
export interface Outline {
  places: Int32Array;
  count: number;
  base: number;
}
export const OUTLINE_STEP = 4;

/** Layout of the engine's memory, as in `json-engine.wat`. */
const FIELDS_AT = 64 * 1024;
const LEVELS_AT = FIELDS_AT + 60 * 1024;
export const RESULTS_AT = LEVELS_AT + 2048;
export const BODY_AT = 128 * 1024;
const BODY_BYTES_MAX = 1024 * 1024;
export const ITEMS_AT = BODY_AT + BODY_BYTES_MAX + 64 * 1024;
/** A request has about a dozen. */
const FIELDS_MAX = 1024;
/** A conversation has about one for each 600 bytes. */
const ITEMS_MAX = 64 * 1024;
export const PIECES_AT = ITEMS_AT + ITEMS_MAX * OUTLINE_STEP * 4;

const found = scratch(new Int32Array(engineMemory.buffer, jsonEngine === null ? 0 : FIELDS_AT));
const items = scratch(new Int32Array(engineMemory.buffer, jsonEngine === null ? 0 : ITEMS_AT));
export const results = scratch(new Int32Array(engineMemory.buffer, jsonEngine === null ? 0 : RESULTS_AT));

/**
 * Items one and two levels inside the fields of a body, in document order. For each there are start and end of its key,
 * and of its value. The key is before the body when an item has none, because it stands in a list. Offsets count from
 * `base`.
 */
export interface Inside {
  places: Int32Array;
  count: number;
  base: number;
  /** Block counts of the field `messages`. */
  blocks: BlockCounts;
}

const outline = scratch<Outline>({ places: found, count: 0, base: 0 });

/** Body whose items are in the engine's memory. */
const walked = scratch<{ body: Uint8Array | null }>({ body: null });

/**
 * Finds the fields of the object that fills `start`..`end`, in one walk with SIMD instructions. Null is no verdict: the
 * bytes may be no such object, or one for `JsonScan` (very large, very deep), or the platform has no SIMD. `JsonScan`
 * finds the same fields. The outline is valid until the next call.
 */
export function findOutline(bytes: Uint8Array, start: number, end: number, depthMax: number): Outline | null {
  return walk(bytes, start, end, depthMax, 0);
}

/** Finds the fields of a whole body, and leaves its items in the engine's memory. */
export function findBodyOutline(bytes: Uint8Array, depthMax: number): Outline | null {
  walked.body = null;
  const fields = walk(bytes, 0, bytes.length, depthMax, ITEMS_MAX);
  if (fields !== null) walked.body = engineBody.bytes = bytes;
  return fields;
}

/** Whether the items of this body are in the engine's memory. */
export const isWalked = (bytes: Uint8Array): boolean => walked.body === bytes;

/**
 * Returns the items inside a body, valid until the next body is walked. Null where its outline is not found here, or
 * there are too many items.
 */
export function findInside(bytes: Uint8Array, depthMax: number): Inside | null {
  // As a rule it was walked just now. Older contents of `results` belong to that walk: small documents have no items.
  if (walked.body !== bytes && findBodyOutline(bytes, depthMax) === null) return null;
  return inside.count < 0 ? null : inside;
}

const inside = scratch<Inside>({
  places: items,
  count: 0,
  base: BODY_AT,
  blocks: noBlocks(),
});

function walk(bytes: Uint8Array, start: number, end: number, depthMax: number, itemsMax: number): Outline | null {
  if (jsonEngine === null || end - start > BODY_BYTES_MAX) return null;
  engineBody.bytes = null;
  engineMemory.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), BODY_AT);
  const bodyEnd = BODY_AT + end - start;
  const count = jsonEngine.outline(BODY_AT, bodyEnd, LEVELS_AT, depthMax, FIELDS_AT, FIELDS_MAX, ITEMS_AT, itemsMax);
  if (count < 0) return null;
  if (itemsMax > 0) noteResults();
  outline.count = count;
  outline.base = BODY_AT - start;
  return outline;
}

function noteResults(): void {
  const { blocks } = inside;
  inside.count = results[0] as number;
  blocks.images = results[1] as number;
  blocks.documents = results[2] as number;
  blocks.toolReferences = results[3] as number;
  blocks.imageBytes = results[4] as number;
}
