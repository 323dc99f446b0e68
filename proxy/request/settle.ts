import type { RequestEvent } from "#core/activity/request-event.ts";
import type { ProxyEvent } from "../process/event-bus.ts";
import type { Log } from "../process/log.ts";
import type { LiveCounters } from "../process/proxy-context.ts";
import type { PromptPrefixes } from "../sessions/prompt-prefixes.ts";
import type { OpenRecord } from "../spool/records.ts";
import type { Spool } from "../spool/spool.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { RequestContext } from "./context.ts";
import { NO_RECORD } from "./context-parts.ts";
import { estimateUnknown } from "./estimate-request.ts";
import { buildEvent, openFields } from "./event-fields.ts";

export interface SettleDeps {
  instanceId: string;
  spool: Spool;
  live: LiveCounters;
  prompts: PromptPrefixes;
  /** Null: no collector is named. */
  telemetry: Telemetry | null;
  log: Log;
  emit(proxyEvent: ProxyEvent): void;
  now(): number;
}

/**
 * Closes the record of a request: one event, priced, on disk. Safe to call again; only the first call counts. Called
 * before the caller has the last byte, so that what the caller saw as finished is never lost.
 */
export function settle(ctx: RequestContext, deps: SettleDeps): void {
  const event = closingEvent(ctx, deps);
  if (event !== null) deps.spool.close(event);
}

/**
 * Settles, with the record on disk when the promise resolves: the last byte has to wait for it. Null when there is
 * nothing to wait for.
 */
export function settleInTurn(ctx: RequestContext, deps: SettleDeps): Promise<void> | null {
  const event = closingEvent(ctx, deps);
  return event === null ? null : deps.spool.closeInTurn(event);
}

function closingEvent(ctx: RequestContext, deps: SettleDeps): RequestEvent | null {
  if (ctx.settled !== null) return null;
  // Before the record is made: what fails in there is not tried again.
  ctx.settled = NO_RECORD;
  if (!isKept(ctx)) return null;
  const event = buildEvent(ctx, deps.instanceId, deps.prompts);
  ctx.settled = { event };
  noteSpent(ctx, event);
  deps.live.requests++;
  if (event.ended === "error" || event.ended === "truncated") deps.live.errors++;
  deps.emit({ kind: "settled", event });
  deps.telemetry?.count(event, ctx.delivery.exchange !== null, ctx.delivery.chunkTimes);
  if (deps.log.isDebug) deps.log.debug(event, "request");
  return event;
}

/**
 * Reports what the request spent before its event is on its way to the database. What the database has is never unknown
 * to the limiter of this process.
 */
function noteSpent(ctx: RequestContext, event: RequestEvent): void {
  const { pass } = ctx.admitted;
  if (pass === null) return;
  const { id, startedAtMs, costNanoUsd, usageState, servedModel: model } = event;
  if (costNanoUsd !== null) pass.settled({ id, startedAtMs, nanoUsd: Number(costNanoUsd), model });
  // Reserves an estimate only where the caller left or the response is complete. An outage of the provider breaks off
  // many requests at once, and must not hold the budgets of its callers for an hour.
  else if (usageState === "unknown" && (ctx.delivery.clientLeft || ctx.delivery.isComplete))
    pass.settled({ estimatedNanoUsd: estimateUnknown(ctx, model) });
}

/** Records before dispatch, once, what is known by then: a crash leaves a trace of every request the provider saw. */
export function openRecord(ctx: RequestContext, deps: SettleDeps): void {
  const record = openingRecord(ctx, deps);
  if (record !== null) deps.spool.open(record);
}

/** Records the opening, on disk when the promise resolves: what goes to the provider has to wait for it. */
export async function openRecordInTurn(ctx: RequestContext, deps: SettleDeps): Promise<void> {
  const record = openingRecord(ctx, deps);
  if (record !== null) await deps.spool.openInTurn(record);
}

function openingRecord(ctx: RequestContext, deps: SettleDeps): OpenRecord | null {
  return isKept(ctx) ? openFields(ctx, deps.instanceId) : null;
}

/** Adds the prompt's exact tokens to the trace, as soon as the stream names them. */
export function noteStarted(ctx: RequestContext, deps: SettleDeps): void {
  const { id, delivery, head } = ctx;
  const { meter } = delivery;
  if (meter === null || !meter.tally.isKnown || ctx.settled !== null || !isKept(ctx)) return;
  const { usage, context } = meter.tally;
  const { answeredModel } = meter;
  deps.spool.started({
    id,
    atMs: deps.now(),
    usage,
    context,
    answeredModel,
    upstreamRequestId: head.upstreamRequestId,
  });
}

/**
 * Whether a request leaves an event: those of unknown callers do not (they are counted). While statistics are switched
 * off, only requests that a budget holds do: what is spent is the sum of their events, on every instance.
 */
export function isKept({ admitted: { caller }, snapshot }: RequestContext): boolean {
  if (caller === null) return false;
  if (snapshot?.ruleSet.analytics.trackStatistics !== false) return true;
  return caller.held !== null && caller.held.budgeted[caller.billingMode].length > 0;
}
