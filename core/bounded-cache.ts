/** Bounds of a cache. Names come from callers, so both the number of entries and their weight are limited. */
const NAMES_MAX = 2_000;
const WEIGHT_MAX = 1_000_000;

/** Cache by name, bounded in number and weight. Clears itself when full, which costs one look-up per name. */
export class BoundedCache<T> {
  private readonly known = new Map<string, T>();
  private weight = 0;

  constructor(private readonly weigh: (value: T) => number) {}

  get size(): number {
    return this.known.size;
  }

  names(): IterableIterator<string> {
    return this.known.keys();
  }

  get(name: string): T | undefined {
    return this.known.get(name);
  }

  set(name: string, value: T): void {
    const weight = this.weigh(value);
    if (this.known.size >= NAMES_MAX || this.weight + weight > WEIGHT_MAX) this.clear();
    this.known.set(name, value);
    this.weight += weight;
  }

  clear(): void {
    this.known.clear();
    this.weight = 0;
  }
}
