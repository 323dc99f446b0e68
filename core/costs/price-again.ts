import type { EventCosts } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { parseUsageParts } from "#core/activity/usage-parts.ts";
import type { NanoUsd } from "#core/money/nano-usd.ts";
import type { Catalogue } from "./catalogue.ts";
import { eventCosts, type Priced, type PriceInput, priceCacheHit, priceRequest } from "./price-request.ts";

/** Recorded amount that differs from the recomputed one. Null: no amount. */
export interface AmountDifference {
  name: string;
  is: string | null;
  shouldBe: string | null;
}

/** Fields of an event that are money. */
type Money = Pick<RequestEvent, "costs" | "costNanoUsd" | "baselineNanoUsd" | "savedNanoUsd" | "avoidedNanoUsd">;

/** Whether this price list priced the event, so that its amounts can be recomputed from its tokens. */
export const isPricedBy = (event: RequestEvent, catalogue: Catalogue): boolean =>
  event.priceVersion === catalogue.priceVersion && event.usageState !== "none";

/**
 * Recomputes an event's money from its tokens and the price list, and returns the differences. Only for events that
 * `isPricedBy` it.
 */
export function wrongByPriceList(event: RequestEvent, catalogue: Catalogue): AmountDifference[] {
  const input = toPriceInput(event);
  return input === null ? wrongSums(event) : differences(event, priceAgain(event, input, catalogue));
}

/**
 * The event as it would have been booked by another price list. One whose usage is not known, or that names no model, stays as
 * it is: nothing of it can be priced.
 */
export function repriceEvent(event: RequestEvent, catalogue: Catalogue): RequestEvent {
  const input = toPriceInput(event);
  if (event.usageState === "none" || event.usageState === "unknown" || input === null) return event;
  return { ...event, ...priceAgain(event, input, catalogue) };
}

function priceAgain(event: RequestEvent, input: PriceInput, catalogue: Catalogue): Money {
  const isHit = event.cache === "hit";
  const again: Priced & { avoided?: NanoUsd } = isHit
    ? priceCacheHit(input, catalogue)
    : priceRequest(input, catalogue);
  return {
    costs: again.costs && eventCosts(again.costs),
    costNanoUsd: again.cost?.toString() ?? null,
    baselineNanoUsd: again.baseline?.toString() ?? null,
    savedNanoUsd: again.saved?.toString() ?? null,
    avoidedNanoUsd: again.avoided?.toString() ?? "0",
  };
}

/** Everything that a recorded request was priced by, but the price list. Null for one that names no model. */
export function toPriceInput(event: RequestEvent): PriceInput | null {
  const { usage, usageParts, serviceTier, speed, inferenceGeo, rewrittenTokens, startedAtMs } = event;
  const served = event.servedModel ?? event.requestedModel;
  if (served === null) return null;
  return {
    requested: event.requestedModel ?? served,
    served,
    usage,
    parts: parseUsageParts(usageParts),
    context: { serviceTier, speed, inferenceGeo },
    rewrittenTokens: rewrittenTokens ?? 0,
    atMs: startedAtMs,
  };
}

/** Checks what holds under any prices: the classes add up to the cost, and the saving is baseline less cost. */
export function wrongSums(event: RequestEvent): AmountDifference[] {
  const { costs, costNanoUsd: cost, baselineNanoUsd: baseline } = event;
  const total = costs === null ? null : Object.values(costs).reduce((sum, part) => sum + BigInt(part), 0n);
  const saved = cost === null || baseline === null ? null : BigInt(baseline) - BigInt(cost);
  return differences(event, {
    ...event,
    costNanoUsd: total?.toString() ?? null,
    savedNanoUsd: saved?.toString() ?? null,
  });
}

const totals = ["costNanoUsd", "baselineNanoUsd", "savedNanoUsd", "avoidedNanoUsd"] as const;
const classes = [
  "inputNanoUsd",
  "cacheWrite5mNanoUsd",
  "cacheWrite1hNanoUsd",
  "cacheReadNanoUsd",
  "outputNanoUsd",
  "webSearchNanoUsd",
] as const satisfies readonly (keyof EventCosts)[];

/** All amounts of a request that prices decide. */
export const pricedAmounts = [...classes, ...totals] as const;

function differences(got: Money, wanted: Money): AmountDifference[] {
  const pairs = [
    ...totals.map((name): AmountDifference => ({ name, is: got[name], shouldBe: wanted[name] })),
    ...classes.map((name): AmountDifference => {
      return { name, is: got.costs?.[name] ?? null, shouldBe: wanted.costs?.[name] ?? null };
    }),
  ];
  return pairs.filter(({ is, shouldBe }) => is !== shouldBe);
}
