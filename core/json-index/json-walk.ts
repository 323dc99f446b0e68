import { scratch } from "#core/memo.ts";
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  CR,
  LF,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
  TAB,
} from "./bytes.ts";
import { type Field, fieldAt, type Span } from "./json-scan.ts";
import { quoteSearch } from "./quote-search.ts";
import type { QuoteSearch } from "./quote-search-words.ts";

/**
 * Positions inside JSON that `JsonScan` has already found well formed. Nothing here validates or copies; an edit uses
 * it to find the few bytes it changes inside a field that otherwise stays as it is.
 */

/** Below this length a loop is faster than the call of the search. */
const SHORT_STRING_BYTES = 24;

const decoder = new TextDecoder();
/** Search of the body walked last; bodies are walked one after the other. */
const searched = scratch<{ last: { bytes: Uint8Array; search: QuoteSearch } | null }>({ last: null });

/** An object's span and its members in order, duplicates included. */
export interface JsonObject extends Span {
  members: Field[];
}

export const isObjectAt = (bytes: Uint8Array, at: number): boolean => bytes[at] === OPEN_BRACE;
export const isArrayAt = (bytes: Uint8Array, at: number): boolean => bytes[at] === OPEN_BRACKET;
export const isStringAt = (bytes: Uint8Array, at: number): boolean => bytes[at] === QUOTE;

/** Skips the value at `at` and returns where it ends; a reader may inspect it on the way. */
export type PassOver = (bytes: Uint8Array, at: number) => number;

/** Reads the members of the object whose brace opens at `start`. */
export function objectAt(bytes: Uint8Array, start: number, passOver: PassOver = valueEnd): JsonObject {
  const members: Field[] = [];
  let at = spaceEnd(bytes, start + 1);
  while (at < bytes.length && bytes[at] !== CLOSE_BRACE) {
    const keyEnd = stringEnd(bytes, at);
    const value = spaceEnd(bytes, spaceEnd(bytes, keyEnd) + 1);
    const end = passOver(bytes, value);
    members.push(fieldAt(bytes, at, keyEnd, value, end));
    at = nextItem(bytes, end);
  }
  return { start, end: at + 1, members };
}

/** Calls `visit` with the start of each element of the array that opens at `start`; `visit` returns where it ends. */
export function walkArray(bytes: Uint8Array, start: number, visit: (at: number) => number): void {
  let at = spaceEnd(bytes, start + 1);
  while (at < bytes.length && bytes[at] !== CLOSE_BRACKET) at = nextItem(bytes, visit(at));
}

/** Returns the end of the value that begins at `at`. */
export function valueEnd(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === QUOTE) return stringEnd(bytes, at);
  if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return containerEnd(bytes, at);
  return scalarEnd(bytes, at);
}

/** Returns the end of the string that opens at `open`, just past its closing quote. */
export function stringEnd(bytes: Uint8Array, open: number): number {
  let at = open + 1;
  const near = Math.min(at + SHORT_STRING_BYTES, bytes.length);
  while (at < near) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    at += byte === BACKSLASH ? 2 : 1;
  }
  const quote = at < bytes.length ? searchIn(bytes).closing(at, bytes.length) : -1;
  return quote === -1 ? bytes.length : quote + 1;
}

/** Returns the search of a body. Reused: it keeps a window of the body, and a walk goes from front to back. */
function searchIn(bytes: Uint8Array): QuoteSearch {
  if (searched.last?.bytes !== bytes) searched.last = { bytes, search: quoteSearch(bytes) };
  return searched.last.search;
}

/** Returns the first byte from `at` on that is not white space. */
export function spaceEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && isSpace(bytes[at] as number)) at++;
  return at;
}

/** Returns the text between `start` and `end` as written, escapes included. */
export const rawText = (bytes: Uint8Array, start: number, end: number): string =>
  decoder.decode(bytes.subarray(start, end));

function containerEnd(bytes: Uint8Array, open: number): number {
  let depth = 0;
  let at = open;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
      continue;
    }
    at++;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--;
      if (depth === 0) return at;
    }
  }
  return at;
}

function scalarEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at] as number;
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte)) break;
    at++;
  }
  return at;
}

/** Moves from the end of one item to the start of the next, or to the closing bracket. */
function nextItem(bytes: Uint8Array, end: number): number {
  const at = spaceEnd(bytes, end);
  return bytes[at] === COMMA ? spaceEnd(bytes, at + 1) : at;
}

const isSpace = (byte: number): boolean => byte === SPACE || byte === LF || byte === CR || byte === TAB;
