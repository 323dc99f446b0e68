import type { CacheKey } from "#core/cache/cache-key.ts";
import type { CachedAnswer } from "./cached-answer.ts";

/** A question on its way to the provider that others are asking as well. */
export interface InflightRequest {
  /** The answer when it may be given to the others too; null when each of them has to ask for itself. Never rejects. */
  settled: Promise<CachedAnswer | null>;
  settle(answer: CachedAnswer | null): void;
}

/** Identical questions at one moment are asked once. Who follows depends on nobody: a flight that fails lands empty. */
export class InflightRequests {
  private readonly underWay = new Map<CacheKey, InflightRequest>();

  find(key: CacheKey): InflightRequest | null {
    return this.underWay.get(key) ?? null;
  }

  begin(key: CacheKey): InflightRequest {
    const { promise, resolve } = withResolve<CachedAnswer | null>();
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
