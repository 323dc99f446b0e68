import { scratch } from "#core/memo.ts";
import { type BlockCounts, noBlocks } from "../protocol/count-blocks.ts";
import { engineMemory, type JsonEngine, jsonEngine } from "./json-engine.ts";

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
const RESULTS_AT = LEVELS_AT + 2048;
const BODY_AT = 128 * 1024;
const BODY_BYTES_MAX = 1024 * 1024;
const ITEMS_AT = BODY_AT + BODY_BYTES_MAX + 64 * 1024;
/** A request has about a dozen. */
const FIELDS_MAX = 1024;
/** A conversation has about one for each 600 bytes. */
const ITEMS_MAX = 64 * 1024;
const PIECES_AT = ITEMS_AT + ITEMS_MAX * OUTLINE_STEP * 4;
const PIECES_BYTES_MAX = 128 * 1024;
/** So much of each end of a message is hashed. */
const END_BYTES = 512;

const found = scratch(new Int32Array(engineMemory.buffer, jsonEngine === null ? 0 : FIELDS_AT));
const items = scratch(new Int32Array(engineMemory.buffer, jsonEngine === null ? 0 : ITEMS_AT));
const results = scratch(new Int32Array(engineMemory.buffer, jsonEngine === null ? 0 : RESULTS_AT));

/**
 * Items one and two levels inside the fields of a body, in document order: for each, start and end of its key (before
 * the body when it has none, because it stands in a list), and of its value. Offsets count from `base`.
 */
export interface Inside {
  places: Int32Array;
  count: number;
  base: number;
  /** Block counts of the field `messages`. */
  blocks: BlockCounts;
  /** Blocks of messages that are results of tools, and those of them that are errors. */
  toolResults: number;
  toolErrors: number;
  /** Cache marks on blocks of messages: their number, and where the keys of the first `MARKS_MAX` start, from `base`. */
  markCount: number;
  marks: Int32Array;
  /** Where the first text of a block starts that begins with "This se", from `base`; 0 for none. */
  thisSessionAt: number;
}

/** Positions of cache marks that are written down; the provider takes four. */
export const MARKS_MAX = 8;

const outline = scratch<Outline>({ places: found, count: 0, base: 0 });

/** Body whose items are in the engine's memory. */
const walked = scratch<{ body: Uint8Array | null }>({ body: null });

/**
 * Finds the fields of the object that fills `start`..`end`, in one walk with SIMD instructions. Null is no verdict:
 * the bytes may be no such object, or one for `JsonScan` (very large, very deep, numbers with exponents), or the
 * platform has no SIMD. `JsonScan` finds the same fields. The outline is valid until the next call.
 */
export function findOutline(bytes: Uint8Array, start: number, end: number, depthMax: number): Outline | null {
  return walk(bytes, start, end, depthMax, 0);
}

/** Finds the fields of a whole body, and leaves its items in the engine's memory. */
export function findBodyOutline(bytes: Uint8Array, depthMax: number): Outline | null {
  walked.body = null;
  const fields = walk(bytes, 0, bytes.length, depthMax, ITEMS_MAX);
  if (fields !== null) walked.body = bytes;
  return fields;
}

/** Whether the items of this body are in the engine's memory. */
export const isWalked = (bytes: Uint8Array): boolean => walked.body === bytes;

/**
 * Returns the items inside a body, valid until the next body is walked; null where its outline is not found here, or
 * there are too many items.
 */
export function findInside(bytes: Uint8Array, depthMax: number): Inside | null {
  // As a rule it was walked just now. Older contents of `results` belong to that walk: small documents have no items.
  if (walked.body !== bytes && findBodyOutline(bytes, depthMax) === null) return null;
  return inside.count < 0 ? null : inside;
}

/** Place of the first mark among the results. */
const MARKS_AT = 8;

const inside = scratch<Inside>({
  places: items,
  count: 0,
  base: BODY_AT,
  blocks: noBlocks(),
  toolResults: 0,
  toolErrors: 0,
  markCount: 0,
  marks: results.subarray(MARKS_AT, MARKS_AT + MARKS_MAX),
  thisSessionAt: 0,
});

/**
 * A hash of the bytes `start`..`end` of the body that was walked last. Two texts with the same hash are the same but for
 * chance; it is no protection against an attacker who looks for such a pair. Only where there is an engine.
 */
export const hashOfWalked = (start: number, end: number, seed: number): number =>
  jsonEngine === null ? 0 : jsonEngine.hash(BODY_AT + start, BODY_AT + end, seed);

/** Where the string that opens at `open` of the body walked last ends, just past its quote; the end of the body without one. */
export function stringEndOfWalked(open: number, bodyEnd: number): number {
  const quote = jsonEngine === null ? -1 : jsonEngine.closing(BODY_AT + open + 1, BODY_AT + bodyEnd, 0);
  return quote < 0 ? bodyEnd : quote - BODY_AT + 1;
}

/**
 * Hash of a message: of both its ends and its length. Clients take old messages out or shorten them, they do not change a letter in
 * the middle of a long one.
 */
export const hashOfWalkedMessage = (start: number, end: number, seed: number): number =>
  jsonEngine === null ? 0 : hashOfEnds(jsonEngine, BODY_AT + start, BODY_AT + end, seed);

function hashOfEnds(engine: JsonEngine, start: number, end: number, seed: number): number {
  if (end - start <= 2 * END_BYTES) return engine.hash(start, end, seed);
  return engine.hash(end - END_BYTES, end, engine.hash(start, start + END_BYTES, seed) + end - start);
}

/**
 * The same of a message put together from pieces of that body, each given by its start and its end; null where it is too long for the
 * engine's memory.
 */
export function hashOfPieces(ends: readonly number[], seed: number): number | null {
  if (jsonEngine === null) return null;
  let end = PIECES_AT;
  for (let piece = 0; piece < ends.length; piece += 2) {
    const [from, to] = [BODY_AT + (ends[piece] as number), BODY_AT + (ends[piece + 1] as number)];
    if (end + to - from > PIECES_AT + PIECES_BYTES_MAX) return null;
    engineMemory.copyWithin(end, from, to);
    end += to - from;
  }
  return hashOfEnds(jsonEngine, PIECES_AT, end, seed);
}

function walk(bytes: Uint8Array, start: number, end: number, depthMax: number, itemsMax: number): Outline | null {
  if (jsonEngine === null || end - start > BODY_BYTES_MAX) return null;
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
  inside.toolResults = results[5] as number;
  inside.toolErrors = results[6] as number;
  inside.markCount = results[7] as number;
  inside.thisSessionAt = results[16] as number;
}
