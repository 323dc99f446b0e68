import type { CacheKey } from "#core/cache/cache-key.ts";
import type { CachedResponse } from "./cached-response.ts";

/** A request to the provider that others with the same key wait for. */
export interface InflightRequest {
  /**
   * Resolves with the response when the others may have it too; null when each has to send its own request. Never
   * rejects.
   */
  settled: Promise<CachedResponse | null>;
  settle(answer: CachedResponse | null): void;
}

/**
 * Single flight: identical requests at one moment are sent once. A failed request settles empty, and each follower
 * sends its own.
 */
export class InflightRequests {
  private readonly underWay = new Map<CacheKey, InflightRequest>();

  find(key: CacheKey): InflightRequest | null {
    return this.underWay.get(key) ?? null;
  }

  begin(key: CacheKey): InflightRequest {
    const { promise, resolve } = withResolve<CachedResponse | null>();
    const request: InflightRequest = {
      settled: promise,
      settle: (answer) => {
        if (this.underWay.get(key) === request) this.underWay.delete(key);
        resolve(answer);
      },
    };
    this.underWay.set(key, request);
    return request;
  }
}

function withResolve<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
