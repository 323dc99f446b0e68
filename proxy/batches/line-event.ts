import { createHash } from "node:crypto";
import { DEFAULT_PROJECT } from "#core/access/attribution.ts";
import { knownEvent } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { formatUsageParts } from "#core/activity/usage-parts.ts";
import { formatBatchNote } from "#core/batches/batch-note.ts";
import type { ShownBatch } from "#core/batches/shown-batch.ts";
import { reasonBeforeLookup } from "#core/cache/cacheable.ts";
import { buildUsageParts } from "#core/costs/billed-parts.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { eventCosts, priceRequest } from "#core/costs/price-request.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import type { Caller } from "../request/find-caller.ts";
import type { AnsweredLine } from "./read-line.ts";

interface LineSource {
  batch: Pick<ShownBatch, "id" | "createdAtMs">;
  caller: Pick<Caller, "project" | "team" | "personId" | "proxyKeyId" | "billingMode"> | null;
  catalogue: Catalogue;
  instanceId: string;
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ID_CHARACTERS = 26;

/** Derives the event's id from what names the request at the provider. Every reader of the line gets the same id. */
function toLineId(batchId: string, customId: string): string {
  const digest = createHash("sha256").update(`${batchId}\n${customId}`).digest();
  return `evt_${Array.from(digest.subarray(0, ID_CHARACTERS), (byte) => ALPHABET[byte & 31]).join("")}`;
}

/**
 * Builds the event of an answered request of a batch. All of it but the fetcher and the instance follows from the line
 * and the batch: read again, it is the same event. Its time is the creation of the batch, its duration is not known and 0.
 * Long because it is one list: a line per field.
 */
export function buildLineEvent(
  line: AnsweredLine & { bytes: number },
  { batch, caller, catalogue, instanceId }: LineSource,
): RequestEvent {
  const { model, meter } = line;
  const { tally } = meter;
  const context = { ...tally.context, serviceTier: "batch" };
  const usage = tally.isKnown ? tally.usage : emptyUsage();
  const bill = { served: model, answered: model, usage, iterations: tally.parts };
  const parts = tally.isKnown && tally.parts.length > 0 ? buildUsageParts(bill, catalogue) : [];
  const input = { requested: model, served: model, usage, parts, context, atMs: batch.createdAtMs };
  const priced = tally.isKnown ? priceRequest(input, catalogue) : null;
  return knownEvent({
    id: toLineId(batch.id, line.customId),
    instanceId,
    startedAtMs: batch.createdAtMs,
    endedAtMs: batch.createdAtMs,
    durationMs: 0,
    endpoint: "batches",
    streamed: false,
    status: 200,
    ended: "complete",
    stopReason: meter.stopReason,
    requestedModel: model,
    servedModel: model,
    answeredModel: model,
    decision: "pass",
    reason: "batch",
    project: caller?.project ?? DEFAULT_PROJECT,
    team: caller?.team ?? null,
    personId: caller?.personId ?? null,
    proxyKeyId: caller?.proxyKeyId ?? null,
    billingMode: caller?.billingMode ?? "metered",
    toolUses: meter.toolUses,
    usage,
    usageState: tally.isKnown ? "exact" : "unknown",
    usageParts: formatUsageParts(parts),
    ...context,
    priceVersion: priced?.priceVersion ?? null,
    costs: priced?.costs ? eventCosts(priced.costs) : null,
    costNanoUsd: priced?.cost?.toString() ?? null,
    baselineNanoUsd: priced?.baseline?.toString() ?? null,
    savedNanoUsd: priced?.saved?.toString() ?? null,
    avoidedNanoUsd: "0",
    tokenizerRatioMilli: priced?.tokenizerRatioMilli ?? 1000,
    batch: formatBatchNote({ kind: "line", id: batch.id }),
    cache: "bypass",
    cacheReason: reasonBeforeLookup("batches"),
    requestBytes: 0,
    responseBytes: line.bytes,
  } satisfies Partial<RequestEvent>);
}
