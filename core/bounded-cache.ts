/** Names come from callers, so what is remembered about them is bounded, in number and in what it weighs. */
const NAMES_MAX = 2_000;
const WEIGHT_MAX = 1_000_000;

/** What names seen before led to. Forgets everything when it is full, which costs one look-up each to fix. */
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
