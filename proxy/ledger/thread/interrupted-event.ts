import { knownEvent } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { formatUsageParts } from "#core/activity/usage-parts.ts";
import { buildUsageParts } from "#core/costs/billed-parts.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { eventCosts, priceRequest } from "#core/costs/price-request.ts";
import { emptyUsage, type UsagePart } from "#core/costs/usage.ts";
import type { StartedRecord } from "../../spool/format.ts";
import type { OpenRecord } from "../../spool/records.ts";

/**
 * The event of a request whose process died. If the answer had begun, its input is exact and its output what was counted
 * by then (so `estimated`); if not, nothing is known of what it cost, which is not the same as nothing.
 */
export function interruptedEvent(open: OpenRecord, started: StartedRecord | null, catalogue: Catalogue): RequestEvent {
  const parts = started === null ? [] : buildParts(open, started, catalogue);
  const priced = started && priceInterrupted(open, started, parts, catalogue);
  const endedAtMs = Math.max(open.startedAtMs, started?.atMs ?? open.startedAtMs);
  return knownEvent({
    ...open,
    edits: open.edits ?? null,
    upstreamRequestId: started?.upstreamRequestId ?? null,
    endedAtMs,
    durationMs: endedAtMs - open.startedAtMs,
    status: started ? 200 : 499,
    ended: "interrupted",
    answeredModel: started?.answeredModel ?? null,
    usage: started?.usage ?? emptyUsage(),
    usageState: started ? "estimated" : "none",
    usageParts: formatUsageParts(parts),
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
  } satisfies Partial<RequestEvent>);
}

/** The beginning of an answer lists no iterations yet, but may say that another model gives it. */
function buildParts(open: OpenRecord, { usage, answeredModel }: StartedRecord, catalogue: Catalogue): UsagePart[] {
  const served = open.servedModel ?? open.requestedModel;
  return served === null ? [] : buildUsageParts({ served, answered: answeredModel, usage, iterations: [] }, catalogue);
}

function priceInterrupted(open: OpenRecord, started: StartedRecord, parts: readonly UsagePart[], catalogue: Catalogue) {
  const served = open.servedModel ?? open.requestedModel;
  if (served === null) return null;
  return priceRequest(
    {
      requested: open.requestedModel ?? served,
      served,
      usage: started.usage,
      parts,
      context: started.context,
      atMs: open.startedAtMs,
    },
    catalogue,
  );
}
