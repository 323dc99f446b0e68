import { scratch } from "#core/memo.ts";
import { engineMemory, type JsonEngine, jsonEngine } from "./json-engine.ts";
import { type QuoteSearch, WordQuoteSearch } from "./quote-search-words.ts";

/** Size of the window of a body in the engine's memory: it stays in the processor's nearer caches. */
const WINDOW_BYTES = 64 * 1024;
/** Size of the first window: enough for a search for the end of one string. */
const FIRST_WINDOW_BYTES = 8 * 1024;

/**
 * Number of the last search; the window holds bytes of the search named by its `owner`. Scans of large bodies alternate.
 */
const window = scratch({ searches: 0, owner: 0 });

/** Starts a search in `bytes`, which must not change while it is in use. */
export function quoteSearch(bytes: Uint8Array): QuoteSearch {
  return jsonEngine === null ? new WordQuoteSearch(bytes) : new WindowQuoteSearch(bytes, jsonEngine);
}

/**
 * Quote search with SIMD instructions, which JavaScript has only in WebAssembly. It takes a fifth of the time of
 * `WordQuoteSearch`, copy into its memory included. That is for source code inside JSON, which has an escaped quote
 * every dozen bytes.
 */
class WindowQuoteSearch implements QuoteSearch {
  private readonly bytes: Uint8Array;
  private readonly engine: JsonEngine;
  private readonly number = ++window.searches;
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
      if (window.owner !== this.number || at < this.windowStart || at >= this.windowEnd) this.load(at, end);
      const start = this.windowStart;
      const found = this.engine.closing(at - start, Math.min(end, this.windowEnd) - start, carried);
      if (found >= 0) return start + found;
      carried = -1 - found;
      at = this.windowEnd;
    }
    return -1;
  }

  private load(at: number, end: number): void {
    window.owner = this.number;
    this.windowStart = at;
    this.windowEnd = Math.min(end, at + this.windowBytes);
    this.windowBytes = WINDOW_BYTES;
    engineMemory.set(this.bytes.subarray(at, this.windowEnd));
  }
}
