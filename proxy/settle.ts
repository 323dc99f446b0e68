import type { Happening, LiveCounters } from "./context.ts";
import { eventOf, openFields } from "./event-of.ts";
import type { Log } from "./log.ts";
import type { Spool } from "./spool.ts";
import type { Trip } from "./trip.ts";

export interface SettleDeps {
  instanceId: string;
  spool: Spool;
  live: LiveCounters;
  log: Log;
  emit(happening: Happening): void;
  now(): number;
}

/**
 * Closes the account of a request: one event, priced, on disk. Safe to call again; only the first call counts. For a
 * stream it is called before the chunk that ends it is sent, so that what the caller saw as finished is never lost.
 */
export function settle(trip: Trip, deps: SettleDeps): void {
  if (trip.isSettled) return;
  trip.isSettled = true;
  if (!isKept(trip)) return;
  const event = eventOf(trip, deps.instanceId);
  deps.live.requests++;
  if (event.ended === "error" || event.ended === "truncated") deps.live.errors++;
  deps.spool.close(event);
  deps.emit({ kind: "settled", event });
  if (deps.log.isDebug) deps.log.debug(event, "request");
}

/** Writes down before dispatch what is known by then: a crash leaves a trace of every request the provider saw. */
export function openRecord(trip: Trip, deps: SettleDeps): void {
  if (trip.isOpened || !isKept(trip)) return;
  trip.isOpened = true;
  deps.spool.open(openFields(trip, deps.instanceId));
}

/** Adds the prompt's exact tokens to the trace, as soon as the stream names them. */
export function noteStarted(trip: Trip, deps: SettleDeps): void {
  const { meter } = trip;
  if (meter === null || trip.isSettled || !isKept(trip)) return;
  deps.spool.started(trip.id, meter.tally.usage, meter.tally.context, meter.answeredModel, trip.upstreamRequestId);
}

/** Callers who were not let in leave no event (they are counted), nor does anybody while statistics are switched off. */
function isKept(trip: Trip): boolean {
  return trip.caller !== null && trip.snapshot?.ruleSet.analytics.trackStatistics !== false;
}
