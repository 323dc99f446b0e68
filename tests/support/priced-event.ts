import { loadCatalogue } from "#config/models-toml.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { eventCosts, priceRequest } from "#core/costs/price-request.ts";
import { makeEvent } from "./make-event.ts";

const catalogue = loadCatalogue();

/** An override that really costs what its tokens say, by the shipped price list. */
export function pricedEvent(fields: Partial<RequestEvent> = {}): RequestEvent {
  const event = makeEvent({ requestedModel: "claude-opus-5-5", servedModel: "claude-haiku-5-5", ...fields });
  const { requestedModel, servedModel, usage, serviceTier, speed, inferenceGeo, startedAtMs: atMs } = event;
  const context = { serviceTier, speed, inferenceGeo };
  const models = { requested: requestedModel ?? "", served: servedModel ?? "" };
  const priced = priceRequest({ ...models, usage, context, atMs }, catalogue);
  return {
    ...event,
    priceVersion: priced.priceVersion,
    costs: priced.costs && eventCosts(priced.costs),
    costNanoUsd: priced.cost?.toString() ?? null,
    baselineNanoUsd: priced.baseline?.toString() ?? null,
    savedNanoUsd: priced.saved?.toString() ?? null,
    tokenizerRatioMilli: priced.tokenizerRatioMilli,
    ...fields,
  };
}
