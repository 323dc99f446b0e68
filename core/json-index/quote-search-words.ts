import { BACKSLASH, QUOTE } from "./bytes.ts";
/** Finds where JSON strings end. */
export interface QuoteSearch {
  /** Returns the first quote in `from`..`end` that no backslash escapes, or -1. Bytes before `from` escape nothing. */
  closing(from: number, end: number): number;
}

/** A word of four quotes, and the constants of the classic test for a zero byte in a word. */
const QUOTES = 0x22222222;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080;
/**
 * Number of words without a quote after which the native search takes over. It is faster in spite of the cost of its
 * call.
 */
const NEAR_WORDS = 64;

/**
 * Quote search for engines without SIMD. Code inside JSON has an escaped quote every dozen bytes, and there a native
 * call for each would cost more than the search: so four bytes are compared at a time, and long stretches natively.
 */
export class WordQuoteSearch implements QuoteSearch {
  private readonly bytes: Uint8Array;
  /** View of the same memory in whole words; `bytes` begins at its byte `shift`. */
  private readonly words: Int32Array;
  private readonly shift: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.words = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2);
    this.shift = bytes.byteOffset;
  }

  /** Returns the first quote in `from`..`end` that no backslash escapes, or -1. Bytes before `from` escape nothing. */
  closing(from: number, end: number): number {
    const { bytes, shift } = this;
    let at = from;
    for (; at < end && ((at + shift) & 3) !== 0; at++) if (isClosing(bytes, at, from)) return at;
    const last = (end + shift) >> 2;
    let word = (at + shift) >> 2;
    while (word < last) {
      word = this.nextWithQuote(word, last);
      if (word === last) break;
      at = word * 4 - shift;
      for (const until = at + 4; at < until; at++) if (isClosing(bytes, at, from)) return at;
      word++;
    }
    for (at = Math.max(at, last * 4 - shift); at < end; at++) if (isClosing(bytes, at, from)) return at;
    return -1;
  }

  /** Returns the first word from `word` on that contains a quote, or `last`. */
  private nextWithQuote(word: number, last: number): number {
    const { bytes, words, shift } = this;
    const near = Math.min(word + NEAR_WORDS, last);
    for (let at = word; at < near; at++) {
      const zeroed = (words[at] as number) ^ QUOTES;
      if (((zeroed - ONES) & ~zeroed & HIGH_BITS) !== 0) return at;
    }
    if (near === last) return last;
    const next = bytes.indexOf(QUOTE, near * 4 - shift);
    return next === -1 ? last : Math.min(last, (next + shift) >> 2);
  }
}

/** Whether a quote closes the string: an even number of backslashes in front escape each other. */
function isClosing(bytes: Uint8Array, at: number, from: number): boolean {
  if (bytes[at] !== QUOTE) return false;
  let before = at - 1;
  while (before >= from && bytes[before] === BACKSLASH) before--;
  return ((at - 1 - before) & 1) === 0;
}
