import { engineMemory, type JsonEngine, jsonEngine } from "./json-engine.ts";
import { type QuoteSearch, WordQuoteSearch } from "./quote-search-words.ts";

/** How much of a body lies in the engine's memory at a time: it stays in the processor's nearer caches. */
const WINDOW_BYTES = 64 * 1024;
/** The first window: who looks for the end of one string needs no more. */
const FIRST_WINDOW_BYTES = 8 * 1024;

/** Numbers the searches; the window holds bytes of the one named here. Scans of large bodies take turns. */
let searches = 0;
let owner = 0;

/** A search in `bytes`, which must not change while it is in use. */
export function quoteSearch(bytes: Uint8Array): QuoteSearch {
  return jsonEngine === null ? new WordQuoteSearch(bytes) : new WindowQuoteSearch(bytes, jsonEngine);
}

/**
 * Searches with SIMD instructions, which JavaScript has only in WebAssembly: with the copy into its memory a fifth of the
 * time of `WordQuoteSearch` for source code inside JSON, which has an escaped quote every dozen bytes.
 */
class WindowQuoteSearch implements QuoteSearch {
  private readonly bytes: Uint8Array;
  private readonly engine: JsonEngine;
  private readonly number = ++searches;
  private windowStart = 0;
  private windowEnd = 0;
  private windowBytes = FIRST_WINDOW_BYTES;

  constructor(bytes: Uint8Array, engine: JsonEngine) {
    this.bytes = bytes;
    this.engine = engine;
  }

  closing(from: number, end: number): number {
    let at = from;
    let carried = 0;
    while (at < end) {
      if (owner !== this.number || at < this.windowStart || at >= this.windowEnd) this.load(at, end);
      const start = this.windowStart;
      const found = this.engine.closing(at - start, Math.min(end, this.windowEnd) - start, carried);
      if (found >= 0) return start + found;
      carried = -1 - found;
      at = this.windowEnd;
    }
    return -1;
  }

  private load(at: number, end: number): void {
    owner = this.number;
    this.windowStart = at;
    this.windowEnd = Math.min(end, at + this.windowBytes);
    this.windowBytes = WINDOW_BYTES;
    engineMemory.set(this.bytes.subarray(at, this.windowEnd));
  }
}
