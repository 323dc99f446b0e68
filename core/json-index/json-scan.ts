// Long because the walk and the tokens that it passes over are one pass, which can stop at any byte.

import { isTextAt, toAscii } from "./ascii.ts";
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  CR,
  DOT,
  LF,
  MINUS,
  NINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  QUOTE,
  SPACE,
  TAB,
  ZERO,
} from "./bytes.ts";
import { keyName } from "./key-names.ts";
import { quoteSearch } from "./quote-search.ts";
import type { QuoteSearch } from "./quote-search-words.ts";

/** Half-open byte range. */
export interface Span {
  start: number;
  end: number;
}

/** One `"key": value` of the scanned object; `start`..`end` is the value. */
export interface Field extends Span {
  name: string;
  keyStart: number;
  /** Whether the key was written with a backslash escape: the same name in another spelling. */
  isEscaped: boolean;
}

/** Reason why bytes are not an acceptable JSON document. `at` is the byte offset. */
export class ScanProblem extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = "ScanProblem";
    this.at = at;
  }
}

/** Maximum nesting; deeper documents are refused: parsers behind us recurse, and 20,000 levels crash some of them. */
export const DEPTH_MAX = 512;
/** A request has about a dozen top-level fields; the bound keeps a hostile one from costing memory. */
const FIELDS_MAX = 4096;
/** Keys and names end within this; only there control characters are searched. */
const SHORT_STRING_BYTES = 24;

const OBJECT = 1;
const ARRAY = 2;
const TRUE = toAscii("true");
const FALSE = toAscii("false");
const NULL = toAscii("null");

const decoder = new TextDecoder();

/**
 * Scanner of one JSON document: one pass over its bytes that records the fields of its outermost object. Nothing is
 * parsed into values and nothing is copied: strings are skipped by a search for quotes. The pass can be sliced, so
 * that a 32 MB body does not delay all other requests.
 */
export class JsonScan {
  readonly fields: Field[] = [];
  isObject = false;
  private readonly bytes: Uint8Array;
  private readonly end: number;
  private readonly quotes: QuoteSearch;
  /**
   * Kind of each open level. Grows with the depth: a fixed array of the maximum depth would cost more than most
   * scans.
   */
  private readonly kinds: number[] = [0];
  private position: number;
  private level = 0;
  private isAfterValue = false;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.end = end;
    this.quotes = quoteSearch(bytes);
    this.position = start;
  }

  /**
   * Continues until the document ends (true) or `limit` is passed (false). Throws ScanProblem on anything that is not
   * JSON.
   */
  advance(limit = Number.POSITIVE_INFINITY): boolean {
    let at = this.position;
    while (at < limit) {
      at = this.isAfterValue ? this.afterValue(at) : this.value(at);
      if (at < 0) return true;
    }
    this.position = at;
    return false;
  }

  /**
   * Reads the value at `from`; a container is entered, everything else is skipped together with the separator after
   * it.
   */
  private value(from: number): number {
    const { bytes, end } = this;
    const at = skipSpace(bytes, from, end);
    const byte = at < end ? (bytes[at] as number) : -1;
    if (this.level === 1 && this.isObject) this.beginField(at);
    if (byte === OPEN_BRACE) return this.enter(OBJECT, CLOSE_BRACE, at);
    if (byte === OPEN_BRACKET) return this.enter(ARRAY, CLOSE_BRACKET, at);
    return this.afterValue(byte === QUOTE ? stringEnd(bytes, at, end, this.quotes) : scalarEnd(bytes, at, end));
  }

  private enter(kind: number, closing: number, at: number): number {
    const { bytes, end } = this;
    if (this.level === DEPTH_MAX) throw new ScanProblem(`nested deeper than ${DEPTH_MAX} levels`, at);
    if (this.level === 0) this.isObject = kind === OBJECT;
    const inner = skipSpace(bytes, at + 1, end);
    if (inner < end && bytes[inner] === closing) {
      this.isAfterValue = true;
      return inner + 1;
    }
    this.level++;
    this.kinds[this.level] = kind;
    this.isAfterValue = false;
    return kind === OBJECT ? this.key(inner) : inner;
  }

  /** Reads `"key" :` and returns where the value begins. */
  private key(at: number): number {
    const { bytes, end } = this;
    if (at >= end || bytes[at] !== QUOTE) throw new ScanProblem("expected a quoted key", at);
    const keyEnd = stringEnd(bytes, at, end, this.quotes);
    if (this.level === 1) this.noteKey(at, keyEnd);
    const colon = skipSpace(bytes, keyEnd, end);
    if (colon >= end || bytes[colon] !== COLON) throw new ScanProblem("expected a colon after a key", colon);
    return colon + 1;
  }

  private noteKey(start: number, end: number): void {
    if (this.fields.length === FIELDS_MAX) throw new ScanProblem(`more than ${FIELDS_MAX} top-level fields`, start);
    this.fields.push(fieldAt(this.bytes, start, end));
  }

  private beginField(at: number): void {
    const field = this.fields[this.fields.length - 1];
    if (field !== undefined) field.start = at;
  }

  /**
   * Continues after a value that ended at `at`: to the next one, or out of the container. Returns -1 at the end of
   * the document.
   */
  private afterValue(at: number): number {
    const { bytes, end } = this;
    if (this.level === 1 && this.isObject) {
      const field = this.fields[this.fields.length - 1];
      if (field !== undefined) field.end = at;
    }
    const next = skipSpace(bytes, at, end);
    if (this.level === 0) {
      if (next < end) throw new ScanProblem("unexpected bytes after the end of the document", next);
      return -1;
    }
    const isObject = this.kinds[this.level] === OBJECT;
    const byte = next < end ? bytes[next] : -1;
    if (byte === COMMA) {
      this.isAfterValue = false;
      return isObject ? this.key(skipSpace(bytes, next + 1, end)) : next + 1;
    }
    if (byte !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET))
      throw new ScanProblem("expected a comma or a closing bracket", next);
    this.level--;
    this.isAfterValue = true;
    return next + 1;
  }
}

/**
 * Builds the field whose key stands at `keyStart`..`keyEnd`, quotes included, and its value at `start`..`end`, if
 * that is known yet.
 */
export function fieldAt(bytes: Uint8Array, keyStart: number, keyEnd: number, start = keyEnd, end = start): Field {
  const name = keyName(bytes, keyStart + 1, keyEnd - 1);
  return { name: name ?? unescaped(bytes, keyStart, keyEnd), keyStart, isEscaped: name === null, start, end };
}

/** Decodes the JSON string at `start`..`end`, quotes included, with its escapes resolved. */
export function unescaped(bytes: Uint8Array, start: number, end: number): string {
  try {
    return JSON.parse(decoder.decode(bytes.subarray(start, end))) as string;
  } catch {
    throw new ScanProblem("a string with a wrong escape", start);
  }
}

function skipSpace(bytes: Uint8Array, from: number, end: number): number {
  // Compact JSON has no white space: one comparison is all it costs there.
  if (from < end && (bytes[from] as number) > SPACE) return from;
  let at = from;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte !== SPACE && byte !== LF && byte !== CR && byte !== TAB) break;
    at++;
  }
  return at;
}

/** Returns the end of the string that opens at `open` (just past its closing quote). */
function stringEnd(bytes: Uint8Array, open: number, end: number, quotes: QuoteSearch): number {
  let at = open + 1;
  const near = Math.min(at + SHORT_STRING_BYTES, end);
  while (at < near) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at + 1;
    if (byte < SPACE) throw new ScanProblem("a control character inside a string", at);
    at += byte === BACKSLASH ? 2 : 1;
  }
  const quote = at < end ? quotes.closing(at, end) : -1;
  if (quote === -1) throw new ScanProblem("a string without an end", open);
  return quote + 1;
}

function scalarEnd(bytes: Uint8Array, start: number, end: number): number {
  const byte = start < end ? bytes[start] : 0;
  if (byte === TRUE[0]) return literalEnd(bytes, start, end, TRUE);
  if (byte === FALSE[0]) return literalEnd(bytes, start, end, FALSE);
  if (byte === NULL[0]) return literalEnd(bytes, start, end, NULL);
  return numberEnd(bytes, start, end);
}

function literalEnd(bytes: Uint8Array, start: number, end: number, literal: Uint8Array): number {
  const literalEnd = start + literal.length;
  if (literalEnd > end || !isTextAt(bytes, start, literal)) throw new ScanProblem("expected a value", start);
  return literalEnd;
}

function numberEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start < end && bytes[start] === MINUS ? start + 1 : start;
  const whole = at;
  at = digitsEnd(bytes, at, end);
  if (at === whole) throw new ScanProblem("expected a value", start);
  if (bytes[whole] === ZERO && at > whole + 1) throw new ScanProblem("a number with a leading zero", start);
  if (at < end && bytes[at] === DOT) {
    const fraction = at + 1;
    at = digitsEnd(bytes, fraction, end);
    if (at === fraction) throw new ScanProblem("a number without digits after its point", start);
  }
  if (at < end && ((bytes[at] as number) | 0x20) === 0x65) {
    let exponent = at + 1;
    if (exponent < end && (bytes[exponent] === PLUS || bytes[exponent] === MINUS)) exponent++;
    at = digitsEnd(bytes, exponent, end);
    if (at === exponent) throw new ScanProblem("a number without digits in its exponent", start);
  }
  return at;
}

function digitsEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at++;
  return at;
}
