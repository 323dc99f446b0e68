import type { RequestEvent } from "#core/activity/request-event.ts";
import { shownKind, shownModel, shownName } from "#core/activity/shown-names.ts";
import { splitEvent } from "#core/costs/cost-totals.ts";
import { cacheWrites } from "#core/costs/usage.ts";
import { toDollarNumber } from "#core/money/nano-usd.ts";
import { parseTraceparent } from "#core/protocol/traceparent.ts";
import type { CallerRequest } from "../http1/caller-side.ts";
import type { Log } from "../process/log.ts";
import type { RequestContext } from "./context.ts";

/**
 * Logs a request that is over, in one line: ids, models, decision, status, times, tokens and cost. Nothing of a prompt
 * or an answer, no header but the id of the caller's trace, no person and no project. Tokens and cost are those of its
 * record; a request that leaves none (its caller is unknown, or statistics are switched off) has a line without them.
 */
export function logRequest({ headers }: CallerRequest, ctx: RequestContext, traceId: string | null, log: Log): void {
  const event = ctx.settled?.event ?? null;
  const kind = event?.errorType ?? ctx.delivery.errorType;
  log.info(
    {
      id: ctx.id,
      traceId: traceId ?? parseTraceparent(headers.traceparent)?.traceId ?? null,
      endpoint: ctx.endpoint,
      requestedModel: model(event?.requestedModel ?? ctx.asked?.requestedModel ?? null),
      servedModel: model(event?.servedModel ?? ctx.choice?.served ?? null),
      answeredModel: model(event?.answeredModel ?? null),
      decision: ctx.choice?.kind ?? null,
      reason: shown(ctx.choice?.reason ?? null),
      ruleId: shown(ctx.choice?.ruleId ?? null),
      cache: ctx.lookedUp.result,
      streamed: ctx.head.isStream,
      status: event?.status ?? ctx.head.status,
      ended: event?.ended ?? null,
      errorType: kind === null ? null : shownKind(kind),
      durationMs: ctx.elapsedMs(),
      ttfbMs: ctx.head.ttfbMs,
      requestBytes: ctx.delivery.requestBytes,
      responseBytes: ctx.delivery.responseBytes,
      ...(event === null ? {} : buildFigures(event)),
    },
    "request ended",
  );
}

function buildFigures(event: RequestEvent): object {
  const { usage, usageState, billingMode } = event;
  const { inputTokens, outputTokens, cacheReadTokens } = usage;
  const { cost, saved, avoided, planValue } = splitEvent(event);
  return {
    usageState,
    inputTokens,
    cacheReadTokens,
    cacheWriteTokens: cacheWrites(usage),
    outputTokens,
    billingMode,
    costUsd: toDollars(cost),
    savedUsd: toDollars(saved),
    avoidedUsd: toDollars(avoided),
    planValueUsd: toDollars(planValue),
  };
}

const model = (name: string | null): string | null => (name === null ? null : shownModel(name));
const shown = (name: string | null): string | null => (name === null ? null : shownName(name));
const toDollars = (nanoUsd: string | null): number | null =>
  nanoUsd === null ? null : toDollarNumber(Number(nanoUsd));
