import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { toPriceInput } from "#core/costs/price-again.ts";
import { type PriceInput, priceCacheHit, priceRequest } from "#core/costs/price-request.ts";
import { MS_PER_DAY } from "#core/time/instant.ts";
import { eventPages } from "#store/events.ts";
import type { ControlDeps } from "../deps.ts";

const DAYS = 30;
/** Requests that a preview prices again: some seconds. Of more, the newest days that have as many. */
const EVENTS_MAX = 100_000;

/** What recorded requests cost, and would cost by other prices. Nano-dollars as text; null: nothing of it is priced. */
interface BookCost {
  requests: number;
  /** As it was booked. */
  bookedNanoUsd: string | null;
  /** By the prices in force now, on the days of the requests. */
  beforeNanoUsd: string | null;
  /** By the new prices, on the days of the requests. */
  afterNanoUsd: string | null;
  /** By the new prices as of `throughoutDay`, whenever the requests were made. */
  throughoutNanoUsd: string | null;
  /** Requests without a known price, then and by the new prices. */
  unpricedBooked: number;
  unpricedAfter: number;
}

export interface PastCost {
  /** Start of the first request that is counted may be later than this many days ago: see `isPart`. */
  days: number;
  fromMs: number;
  toMs: number;
  /** Whether older requests of these days were left out, because there are too many. */
  isPart: boolean;
  throughoutDay: string;
  /** Billed by the provider. */
  metered: BookCost;
  /** Of subscriptions: what it would have cost, never spend. */
  plan: BookCost;
}

interface Books {
  before: Catalogue;
  after: Catalogue;
  throughoutDay: string;
}

/** Prices the requests of the last 30 days again, each from its recorded tokens. Nothing is written. */
export async function priceThePast(books: Books, deps: ControlDeps): Promise<PastCost> {
  const toMs = deps.now().getTime();
  const fromMs = toMs - DAYS * MS_PER_DAY;
  const throughoutMs = Date.parse(`${books.throughoutDay}T12:00:00Z`);
  const [metered, plan] = [new Book(), new Book()];
  let isPart = false;
  let first = toMs;
  // Newest first, a day at a time, so that what is left out is the oldest.
  for (let end = toMs; end > fromMs && !isPart; end -= MS_PER_DAY) {
    const start = Math.max(fromMs, end - MS_PER_DAY);
    first = start;
    for await (const events of eventPages(deps.db, { fromMs: start, toMs: end })) {
      for (const event of events) {
        if (event.startedAtMs < start || event.startedAtMs >= end) continue;
        (event.billingMode === "subscription" ? plan : metered).add(event, books, throughoutMs);
      }
    }
    isPart = metered.requests + plan.requests >= EVENTS_MAX && start > fromMs;
  }
  return {
    days: DAYS,
    fromMs: first,
    toMs,
    isPart,
    throughoutDay: books.throughoutDay,
    metered: metered.sums(),
    plan: plan.sums(),
  };
}

class Sum {
  private total: bigint | null = null;

  add(amount: bigint | null): void {
    if (amount !== null) this.total = (this.total ?? 0n) + amount;
  }

  text(isEmpty: boolean): string | null {
    return (this.total ?? (isEmpty ? 0n : null))?.toString() ?? null;
  }
}

class Book {
  requests = 0;
  private unpricedBooked = 0;
  private unpricedAfter = 0;
  private readonly booked = new Sum();
  private readonly before = new Sum();
  private readonly after = new Sum();
  private readonly throughout = new Sum();

  add(event: RequestEvent, { before, after }: Books, throughoutMs: number): void {
    const input = toPriceInput(event);
    if (event.usageState === "none" || event.usageState === "unknown" || input === null) return;
    const isHit = event.cache === "hit";
    const price = (of: PriceInput, by: Catalogue) => (isHit ? priceCacheHit(of, by) : priceRequest(of, by)).cost;
    const then = price(input, after);
    this.requests += 1;
    this.booked.add(event.costNanoUsd === null ? null : BigInt(event.costNanoUsd));
    this.before.add(price(input, before));
    this.after.add(then);
    this.throughout.add(price({ ...input, atMs: throughoutMs }, after));
    if (event.costNanoUsd === null) this.unpricedBooked += 1;
    if (then === null) this.unpricedAfter += 1;
  }

  sums(): BookCost {
    const isEmpty = this.requests === 0;
    return {
      requests: this.requests,
      bookedNanoUsd: this.booked.text(isEmpty),
      beforeNanoUsd: this.before.text(isEmpty),
      afterNanoUsd: this.after.text(isEmpty),
      throughoutNanoUsd: this.throughout.text(isEmpty),
      unpricedBooked: this.unpricedBooked,
      unpricedAfter: this.unpricedAfter,
    };
  }
}
