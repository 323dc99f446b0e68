/**
 * The only state in `core` that outlives a call, apart from constants. No result depends on it: without it everything is
 * the same and slower. `docs/caches.md` lists every use; `tests/sources/core-is-pure.test.ts` refuses any other.
 */

/** Bounds of a cache whose names come from callers: the number of entries and their weight are limited. */
const ENTRIES_MAX = 2_000;
const WEIGHT_MAX = 1_000_000;

interface Bounds<Value> {
  /** 2,000 unless set. */
  entriesMax?: number;
  /** Weight of an entry, of which all together may have a million. Without it only the number counts. */
  weigh?: (value: Value) => number;
}

/**
 * Cache by key, bounded in number and weight. Clears itself when full, which costs one look-up per key: cheaper than to
 * keep an order of use at every look-up.
 */
export class BoundedCache<Key, Value> {
  private readonly known = new Map<Key, Value>();
  private readonly entriesMax: number;
  private readonly weigh: (value: Value) => number;
  private weight = 0;

  constructor({ entriesMax = ENTRIES_MAX, weigh = () => 0 }: Bounds<Value> = {}) {
    this.entriesMax = entriesMax;
    this.weigh = weigh;
  }

  get size(): number {
    return this.known.size;
  }

  keys(): IterableIterator<Key> {
    return this.known.keys();
  }

  get(key: Key): Value | undefined {
    return this.known.get(key);
  }

  set(key: Key, value: Value): void {
    const weight = this.weigh(value);
    if (this.known.has(key)) this.weight -= this.weigh(this.known.get(key) as Value);
    else if (this.known.size >= this.entriesMax) this.clear();
    if (this.weight + weight > WEIGHT_MAX) this.clear();
    this.known.set(key, value);
    this.weight += weight;
  }

  clear(): void {
    this.known.clear();
    this.weight = 0;
  }
}

/** Cache per object: built once for each, and collected with it. The object must not change in what `build` reads. */
export class PerObject<Of extends object, Value> {
  private readonly known = new WeakMap<Of, Value>();

  constructor(private readonly build: (of: Of) => Value) {}

  get(of: Of): Value {
    const known = this.known.get(of);
    if (known !== undefined) return known;
    const value = this.build(of);
    this.known.set(of, value);
    return value;
  }
}

/**
 * Marks memory of fixed size that later calls overwrite. Examples are buffers, the note of whose content they hold, and
 * a table whose slots evict each other. No result depends on what it holds. It is for the byte path only, where memory
 * per call was measured to cost more.
 */
export const scratch = <T extends object>(memory: T): T => memory;
