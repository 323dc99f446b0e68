import type { Catalogue } from "#core/costs/catalogue.ts";
import { estimateCost } from "#core/costs/estimate-cost.ts";
import type { MessagesFields } from "#core/protocol/messages-fields.ts";
import { BYTES_PER_TOKEN } from "#core/protocol/stream-usage.ts";
import type { RequestContext } from "./context.ts";

/** No model writes faster. */
const TOKENS_PER_SECOND_MAX = 200;

interface Known extends Pick<RequestContext, "startedAtMs"> {
  asked: {
    readonly fields: Pick<MessagesFields, "isStream" | "maxTokens" | "speed">;
    readonly namesFiles: boolean;
  } | null;
  snapshot: { readonly prices: Catalogue } | null;
  delivery: { readonly requestBytes: number; readonly meter: { readonly deliveredBytes: number } | null };
  elapsedMs(): number;
}

/** Estimates what the prompt of a request costs when nothing of it is cached, in nano-dollars; 0 without a price. */
export const estimatePrompt = (ctx: Known, served: string): number => estimate(ctx, served, 0);

/**
 * Estimates what a request costs whose provider said nothing that could be read, in nano-dollars; 0 without a price. Of a
 * stream its text is known; a whole answer may have been written for as long as its caller waited.
 */
export function estimateUnknown(ctx: Known, served: string | null): number {
  if (ctx.asked === null || served === null) return 0;
  const { isStream, maxTokens } = ctx.asked.fields;
  const streamed = Math.ceil((ctx.delivery.meter?.deliveredBytes ?? 0) / BYTES_PER_TOKEN);
  const writtenMax = isStream ? streamed : Math.floor((ctx.elapsedMs() / 1_000) * TOKENS_PER_SECOND_MAX);
  return estimate(ctx, served, isStream ? writtenMax : Math.min(maxTokens ?? 0, writtenMax));
}

function estimate(ctx: Known, served: string, outputTokens: number): number {
  const { asked, snapshot, delivery, startedAtMs: atMs } = ctx;
  if (asked === null || snapshot === null) return 0;
  const { fields, namesFiles } = asked;
  const size = { served, bodyBytes: delivery.requestBytes, namesFiles, outputTokens, speed: fields.speed, atMs };
  return estimateCost(size, snapshot.prices) ?? 0;
}
