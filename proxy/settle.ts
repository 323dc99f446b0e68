import type { RequestEvent, UsageState } from "#core/activity/request-event.ts";
import { eventCosts, type Priced, priceRequest } from "#core/costs/price-request.ts";
import { emptyUsage, type PriceContext, type Usage } from "#core/costs/usage.ts";
import { endingOf } from "#core/protocol/stream-end.ts";
import { estimateOutput } from "#core/protocol/stream-usage.ts";
import type { Happening, LiveCounters } from "./context.ts";
import type { Log } from "./log.ts";
import type { OpenRecord, Spool } from "./spool.ts";
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
  const event = eventOf(trip, deps);
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

function openFields(trip: Trip, instanceId: string): OpenRecord {
  const { caller, choice } = trip;
  return {
    id: trip.id,
    startedAtMs: trip.startedAtMs,
    instanceId,
    endpoint: trip.endpoint,
    streamed: trip.fields?.isStream ?? false,
    requestedModel: choice?.requested ?? null,
    servedModel: choice?.served ?? null,
    decision: choice?.kind ?? "pass",
    reason: choice?.reason ?? "not-decided",
    ruleId: choice?.ruleId ?? null,
    ruleVersion: choice?.version ?? trip.snapshot?.version ?? null,
    project: caller?.project ?? "default",
    team: caller?.team ?? null,
    personId: caller?.personId ?? null,
    proxyKeyId: caller?.proxyKeyId ?? null,
    sessionId: trip.sessionId,
    agentId: trip.agentId,
    parentAgentId: trip.parentAgentId,
    clientName: trip.clientName,
    clientVersion: trip.clientVersion,
    billingMode: caller?.billingMode ?? "metered",
    requestBytes: trip.requestBytes,
    cache: trip.cache,
    cacheReason: trip.cacheReason,
  };
}

function eventOf(trip: Trip, deps: SettleDeps): RequestEvent {
  const { meter } = trip;
  const durationMs = trip.elapsedMs();
  const status = trip.clientLeft && trip.status === 0 ? 499 : trip.status;
  const { usage, usageState, context } = usageOf(trip);
  const priced = usageState === "none" ? null : priceOf(trip, usage, context);
  return {
    ...openFields(trip, deps.instanceId),
    upstreamRequestId: trip.upstreamRequestId,
    endedAtMs: trip.startedAtMs + durationMs,
    durationMs,
    ttfbMs: trip.ttfbMs,
    status,
    ended: endingOf({
      status,
      isComplete: trip.isComplete,
      sawErrorEvent: trip.isStream && meter !== null && meter.errorType !== null,
      clientLeft: trip.clientLeft,
      upstreamBroke: trip.upstreamBroke,
    }),
    errorType: trip.errorType ?? meter?.errorType ?? null,
    stopReason: meter?.stopReason ?? null,
    answeredModel: meter?.answeredModel ?? null,
    usage,
    usageState,
    serviceTier: context.serviceTier,
    speed: context.speed,
    inferenceGeo: context.inferenceGeo,
    priceVersion: priced?.priceVersion ?? null,
    costs: priced?.costs ? eventCosts(priced.costs) : null,
    costNanoUsd: priced?.cost?.toString() ?? null,
    baselineNanoUsd: priced?.baseline?.toString() ?? null,
    savedNanoUsd: priced?.saved?.toString() ?? null,
    avoidedNanoUsd: "0",
    tokenizerRatioMilli: priced?.tokenizerRatioMilli ?? 1000,
    responseBytes: trip.responseBytes,
  };
}

const NO_CONTEXT: PriceContext = { serviceTier: null, speed: null, inferenceGeo: null };

function usageOf({ meter, endpoint }: Trip): { usage: Usage; usageState: UsageState; context: PriceContext } {
  if (meter === null || endpoint !== "messages" || !meter.tally.isKnown) {
    return { usage: emptyUsage(), usageState: "none", context: NO_CONTEXT };
  }
  const { tally } = meter;
  if (tally.isFinal) return { usage: tally.usage, usageState: "exact", context: tally.context };
  return { usage: estimateOutput(tally, meter.deliveredCharacters), usageState: "estimated", context: tally.context };
}

function priceOf(trip: Trip, usage: Usage, context: PriceContext): Priced | null {
  const { choice, snapshot } = trip;
  if (choice === null || snapshot === null) return null;
  const { requested, served } = choice;
  return priceRequest({ requested, served, usage, context, atMs: trip.startedAtMs }, snapshot.catalogue);
}
