import type { IncomingHttpHeaders } from "node:http";

/**
 * Something that only the headers of a request decide. The requests of one connection share their headers for as long as they
 * say the same, so it is worked out once for all of them.
 */
export class HeadFact<T> {
  private readonly known = new WeakMap<IncomingHttpHeaders, T>();

  constructor(private readonly find: (headers: IncomingHttpHeaders) => T) {}

  of(headers: IncomingHttpHeaders): T {
    let fact = this.known.get(headers);
    if (fact === undefined) {
      fact = this.find(headers);
      this.known.set(headers, fact);
    }
    return fact;
  }
}
