/** Links of a list member. A member is in one list at most. */
export interface Linked<T> {
  before: T | null;
  after: T | null;
}

/**
 * Linked list in insertion order, for members that come and go with every request. A `Set` leaves its old tables
 * behind, each referring to the next one: a table that was promoted keeps all later ones, and every request that was
 * open in them, out of reach of the quick garbage collection. Here no reference to a member remains after its
 * removal.
 */
export class LinkedList<T extends Linked<T>> implements Iterable<T> {
  private first: T | null = null;
  private last: T | null = null;
  private count = 0;

  get size(): number {
    return this.count;
  }

  get oldest(): T | null {
    return this.first;
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

  /** Removes a member; no effect on one that is not in the list. */
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

  /** Iterates in order. The member just yielded may be removed meanwhile; no other one. */
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
