const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** The quote in all four bytes of a word, and the constants of the classic test for a zero byte in a word. */
const QUOTES = 0x22222222;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080;
/** After so many words without a quote the native search takes over: it is quicker, however much its call costs. */
const NEAR_WORDS = 64;

/**
 * Finds where JSON strings end. Code inside JSON has an escaped quote every dozen bytes, and there a call of the native
 * search for each would cost more than the search: so four bytes are looked at at a time, and long stretches natively.
 */
export class QuoteSearch {
  private readonly bytes: Uint8Array;
  /** The same memory as whole words; `bytes` begins at its byte `shift`. */
  private readonly words: Int32Array;
  private readonly shift: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.words = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2);
    this.shift = bytes.byteOffset;
  }

  /** The first quote in `from`..`end` that no backslash escapes, or -1. What lies before `from` escapes nothing. */
  closing(from: number, end: number): number {
    const { bytes, words, shift } = this;
    let at = from;
    for (; at < end && ((at + shift) & 3) !== 0; at++) if (this.isClosing(at, from)) return at;
    let word = (at + shift) >> 2;
    const last = (end + shift) >> 2;
    let quiet = 0;
    while (word < last) {
      const zeroed = (words[word] as number) ^ QUOTES;
      if (((zeroed - ONES) & ~zeroed & HIGH_BITS) === 0) {
        word++;
        if (++quiet < NEAR_WORDS) continue;
        const next = bytes.indexOf(QUOTE, word * 4 - shift);
        if (next === -1 || next >= end) return -1;
        word = (next + shift) >> 2;
      }
      quiet = 0;
      at = word * 4 - shift;
      if (this.isClosing(at, from)) return at;
      if (this.isClosing(at + 1, from)) return at + 1;
      if (this.isClosing(at + 2, from)) return at + 2;
      if (this.isClosing(at + 3, from)) return at + 3;
      word++;
    }
    for (at = Math.max(at, word * 4 - shift); at < end; at++) if (this.isClosing(at, from)) return at;
    return -1;
  }

  /** An even number of backslashes in front escape each other and leave the quote a quote. */
  private isClosing(at: number, from: number): boolean {
    const { bytes } = this;
    if (bytes[at] !== QUOTE) return false;
    let before = at - 1;
    while (before >= from && bytes[before] === BACKSLASH) before--;
    return ((at - 1 - before) & 1) === 0;
  }
}
