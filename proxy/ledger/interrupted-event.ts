import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { eventCosts, priceRequest } from "#core/costs/price-request.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import type { OpenRecord, StartedRecord } from "../spool-format.ts";

/**
 * The event of a request whose process died. If the answer had begun, its input is exact and its output what was counted
 * by then (so `estimated`); if not, nothing is known of what it cost, which is not the same as nothing.
 */
export function interruptedEvent(open: OpenRecord, started: StartedRecord | null, catalogue: Catalogue): RequestEvent {
  const priced = started && priceInterrupted(open, started, catalogue);
  const endedAtMs = Math.max(open.startedAtMs, started?.atMs ?? open.startedAtMs);
  return {
    ...open,
    edits: open.edits ?? null,
    upstreamRequestId: started?.upstreamRequestId ?? null,
    endedAtMs,
    durationMs: endedAtMs - open.startedAtMs,
    ttfbMs: null,
    status: started ? 200 : 499,
    ended: "interrupted",
    errorType: null,
    stopReason: null,
    answeredModel: started?.answeredModel ?? null,
    usage: started?.usage ?? emptyUsage(),
    usageState: started ? "estimated" : "none",
    serviceTier: started?.context.serviceTier ?? null,
    speed: started?.context.speed ?? null,
    inferenceGeo: started?.context.inferenceGeo ?? null,
    priceVersion: priced?.priceVersion ?? null,
    costs: priced?.costs ? eventCosts(priced.costs) : null,
    costNanoUsd: priced?.cost?.toString() ?? null,
    baselineNanoUsd: priced?.baseline?.toString() ?? null,
    savedNanoUsd: priced?.saved?.toString() ?? null,
    avoidedNanoUsd: "0",
    tokenizerRatioMilli: priced?.tokenizerRatioMilli ?? 1000,
    responseBytes: 0,
  };
}

function priceInterrupted(open: OpenRecord, started: StartedRecord, catalogue: Catalogue) {
  const served = open.servedModel ?? open.requestedModel;
  if (served === null) return null;
  return priceRequest(
    {
      requested: open.requestedModel ?? served,
      served,
      usage: started.usage,
      context: started.context,
      atMs: open.startedAtMs,
    },
    catalogue,
  );
}
