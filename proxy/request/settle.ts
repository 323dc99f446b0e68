import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Log } from "../process/log.ts";
import type { Happening, LiveCounters } from "../process/proxy-context.ts";
import type { OpenRecord, Spool } from "../spool/spool.ts";
import type { Trip } from "./context.ts";
import { eventOf, openFields } from "./event-fields.ts";

export interface SettleDeps {
  instanceId: string;
  spool: Spool;
  live: LiveCounters;
  log: Log;
  emit(happening: Happening): void;
  now(): number;
}

/**
 * Closes the account of a request: one event, priced, on disk. Safe to call again; only the first call counts. Called
 * before the caller has the last byte, so that what the caller saw as finished is never lost.
 */
export function settle(trip: Trip, deps: SettleDeps): void {
  const event = closingEvent(trip, deps);
  if (event !== null) deps.spool.close(event);
}

/** The same, on disk when the promise resolves: the last byte has to wait for it. Null when there is nothing to wait for. */
export function settleInTurn(trip: Trip, deps: SettleDeps): Promise<void> | null {
  const event = closingEvent(trip, deps);
  return event === null ? null : deps.spool.closeInTurn(event);
}

function closingEvent(trip: Trip, deps: SettleDeps): RequestEvent | null {
  if (trip.isSettled) return null;
  trip.isSettled = true;
  if (!isKept(trip)) return null;
  const event = eventOf(trip, deps.instanceId);
  noteSpent(trip, event);
  deps.live.requests++;
  if (event.ended === "error" || event.ended === "truncated") deps.live.errors++;
  deps.emit({ kind: "settled", event });
  if (deps.log.isDebug) deps.log.debug(event, "request");
  return event;
}

/** Before the event is on its way to the database: what the database has is never unknown to the gate of this process. */
function noteSpent({ pass }: Trip, { id, startedAtMs, costNanoUsd }: RequestEvent): void {
  if (pass !== null && costNanoUsd !== null) pass.settled({ id, startedAtMs, nanoUsd: Number(costNanoUsd) });
}

/** Writes down before dispatch what is known by then: a crash leaves a trace of every request the provider saw. */
export function openRecord(trip: Trip, deps: SettleDeps): void {
  const record = openingRecord(trip, deps);
  if (record !== null) deps.spool.open(record);
}

/** The same, on disk when the promise resolves: what goes to the provider has to wait for it. */
export function openRecordInTurn(trip: Trip, deps: SettleDeps): Promise<void> | null {
  const record = openingRecord(trip, deps);
  return record === null ? null : deps.spool.openInTurn(record);
}

function openingRecord(trip: Trip, deps: SettleDeps): OpenRecord | null {
  if (trip.isOpened || !isKept(trip)) return null;
  trip.isOpened = true;
  return openFields(trip, deps.instanceId);
}

/** Adds the prompt's exact tokens to the trace, as soon as the stream names them. */
export function noteStarted(trip: Trip, deps: SettleDeps): void {
  const { id, meter, upstreamRequestId } = trip;
  if (meter === null || trip.isSettled || !isKept(trip)) return;
  const { usage, context } = meter.tally;
  const { answeredModel } = meter;
  deps.spool.started({ id, atMs: deps.now(), usage, context, answeredModel, upstreamRequestId });
}

/** Callers who were not let in leave no event (they are counted), nor does anybody while statistics are switched off. */
function isKept(trip: Trip): boolean {
  return trip.caller !== null && trip.snapshot?.ruleSet.analytics.trackStatistics !== false;
}
