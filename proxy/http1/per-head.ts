import type { IncomingHttpHeaders } from "node:http";

/**
 * Memoises a value that depends only on the head of a request: its headers, or all of it. The requests of one
 * connection share their head as long as it stays equal, so the value is computed once for all of them.
 */
export class PerHead<T, Head extends object = IncomingHttpHeaders> {
  private readonly known = new WeakMap<Head, T>();

  constructor(private readonly find: (head: Head) => T) {}

  of(head: Head): T {
    let fact = this.known.get(head);
    if (fact === undefined) {
      fact = this.find(head);
      this.known.set(head, fact);
    }
    return fact;
  }
}
