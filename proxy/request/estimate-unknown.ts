// Short because its test takes it without a request.

import type { Catalogue } from "#core/costs/catalogue.ts";
import { estimateCost } from "#core/costs/estimate-cost.ts";
import type { MessagesFields } from "#core/protocol/messages-fields.ts";
import type { RequestContext } from "./context.ts";

/** No model writes faster. */
const TOKENS_PER_SECOND_MAX = 200;

interface Known extends Pick<RequestContext, "requestBytes" | "startedAtMs"> {
  fields: Pick<MessagesFields, "isStream" | "maxTokens" | "speed"> | null;
  snapshot: { readonly catalogue: Catalogue } | null;
  elapsedMs(): number;
}

/**
 * Estimates what a request costs whose provider said nothing, in nano-dollars; 0 without a price. A stream says so before its
 * first word; a whole answer may have been written for as long as its caller waited.
 */
export function estimateUnknown(ctx: Known, served: string | null): number {
  const { fields, snapshot, requestBytes: bodyBytes, startedAtMs: atMs } = ctx;
  if (fields === null || snapshot === null || served === null) return 0;
  const { isStream, maxTokens, speed } = fields;
  const writtenMax = isStream ? 0 : Math.floor((ctx.elapsedMs() / 1_000) * TOKENS_PER_SECOND_MAX);
  const outputTokens = Math.min(maxTokens ?? 0, writtenMax);
  return estimateCost({ served, bodyBytes, outputTokens, speed, atMs }, snapshot.catalogue) ?? 0;
}
