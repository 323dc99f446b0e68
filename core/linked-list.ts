/** What a member of a list keeps of it. One member is in one list at most. */
export interface Linked<T> {
  before: T | null;
  after: T | null;
}

/**
 * Members in the order they came, for what comes and goes with every request. A `Set` leaves its tables behind as it goes, each
 * knowing the next one: one that has grown old keeps all that follow, and every request that was under way in them, out of the
 * reach of the quick garbage collection. Here nothing of a member is left once it has gone.
 */
export class LinkedList<T extends Linked<T>> implements Iterable<T> {
  private first: T | null = null;
  private last: T | null = null;
  private count = 0;

  get size(): number {
    return this.count;
  }

  get newest(): T | null {
    return this.last;
  }

  add(member: T): void {
    if (this.has(member)) return;
    member.before = this.last;
    if (this.last === null) this.first = member;
    else this.last.after = member;
    this.last = member;
    this.count++;
  }

  /** Nothing to do for one that is not there. */
  remove(member: T): void {
    if (!this.has(member)) return;
    const { before, after } = member;
    if (before === null) this.first = after;
    else before.after = after;
    if (after === null) this.last = before;
    else after.before = before;
    member.before = null;
    member.after = null;
    this.count--;
  }

  /** The member that is handed out may be removed meanwhile; no other one. */
  *[Symbol.iterator](): Iterator<T> {
    for (let member = this.first; member !== null; ) {
      const { after }: T = member;
      yield member;
      member = after;
    }
  }

  private has(member: T): boolean {
    return member.before !== null || this.first === member;
  }
}
