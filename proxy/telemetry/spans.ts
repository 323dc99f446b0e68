import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { shownKind, shownModel, shownName } from "#core/activity/shown-names.ts";
import { splitEvent } from "#core/costs/cost-totals.ts";
import { cacheWrites, promptTokens } from "#core/costs/usage.ts";
import { toDollarNumber } from "#core/money/nano-usd.ts";
import { toPort } from "./genai-metrics.ts";
import { toErrorKind } from "./genai-series.ts";
import type { Part, Recorded } from "./recorded-trace.ts";
import type { TracedRequest } from "./telemetry.ts";

type Send = Extract<Part, { kind: "send" }>;

/** Paths as the conventions want them: without ids. */
const ROUTES: Readonly<Record<TracedRequest["endpoint"], string>> = {
  messages: "/v1/messages",
  count_tokens: "/v1/messages/count_tokens",
  models: "/v1/models",
  batches: "/v1/messages/batches",
  files: "/v1/files",
  other: "/v1",
};

/** What a message or a count is called among the operations of a model; the others are none. */
const OPERATIONS: Readonly<Partial<Record<TracedRequest["endpoint"], string>>> = {
  messages: "chat",
  count_tokens: "count_tokens",
};

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/**
 * Makes the spans of a request that is over. Attributes are written as whole literals, where `undefined` stands for
 * none: adding them one by one cost as much as all the SDK does. `server` is the provider.
 */
export class SpanMaker {
  private readonly tracer: Tracer;
  private readonly address: string;
  private readonly port: number;

  constructor(tracer: Tracer, server: URL) {
    this.tracer = tracer;
    this.address = server.hostname;
    this.port = toPort(server);
  }

  /** Makes one span of the request, and one of each of its parts below it. Returns the trace's id. */
  make(recorded: Recorded, request: TracedRequest, endTick: number): string {
    const method = METHODS.has(recorded.method) ? recorded.method : "_OTHER";
    const route = ROUTES[request.endpoint];
    const timeAt = buildClock(recorded);
    const startTime = timeAt(recorded.startedTick);
    const root = this.tracer.startSpan(
      `${method} ${route}`,
      { kind: SpanKind.SERVER, startTime },
      buildContext(recorded),
    );
    root.setAttributes(request.event === null ? attributesAlone(request) : toAttributes(request, request.event));
    root.setAttribute("http.request.method", method);
    root.setAttribute("http.route", route);
    const below = trace.setSpan(ROOT_CONTEXT, root);
    const { parts } = recorded;
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at] as Part;
      const span =
        part.kind === "step"
          ? this.tracer.startSpan(part.name, { startTime: timeAt(part.tick) }, below)
          : this.spanOfSend(part, request, isLastSend(parts, at), { below, timeAt });
      span.end(timeAt(parts[at + 1]?.tick ?? endTick));
    }
    if (hasFailed(request)) root.setStatus({ code: SpanStatusCode.ERROR });
    root.end(timeAt(endTick));
    return root.spanContext().traceId;
  }

  private spanOfSend(
    part: Send,
    request: TracedRequest,
    isLast: boolean,
    { below, timeAt }: { below: typeof ROOT_CONTEXT; timeAt(tick: number): HrTime },
  ): Span {
    const operation = OPERATIONS[request.endpoint];
    const model = part.model === null ? undefined : shownModel(part.model);
    const problem = problemOfSend(part, request, isLast);
    const name = operation === undefined || model === undefined ? "forward" : `${operation} ${model}`;
    const span = this.tracer.startSpan(name, { kind: SpanKind.CLIENT, startTime: timeAt(part.tick) }, below);
    span.setAttributes({
      "gen_ai.operation.name": operation,
      "gen_ai.provider.name": operation === undefined ? undefined : "anthropic",
      "gen_ai.request.model": model,
      "server.address": this.address,
      "server.port": this.port,
      "http.response.status_code": part.answer?.status,
      "error.type": problem ?? undefined,
    });
    if (isLast && request.event !== null) span.setAttributes(toUsageAttributes(request.event));
    if (part.answer !== null) span.addEvent("first byte", timeAt(part.answer.tick));
    if (problem !== null) span.setStatus({ code: SpanStatusCode.ERROR });
    return span;
  }
}

type HrTime = [number, number];

/** Wall time of a moment of the monotonic clock, as seconds and nanoseconds. */
function buildClock({ startedAtMs, startedTick }: Recorded): (tick: number) => HrTime {
  return (tick) => {
    const ms = startedAtMs + tick - startedTick;
    const seconds = Math.floor(ms / 1000);
    return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
  };
}

function buildContext({ parent }: Recorded): typeof ROOT_CONTEXT {
  if (parent === null) return ROOT_CONTEXT;
  const { traceId, spanId } = parent;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}

function isLastSend(parts: readonly Part[], at: number): boolean {
  for (let next = at + 1; next < parts.length; next++) if (parts[next]?.kind === "send") return false;
  return true;
}

/** As the conventions for servers have it: what the caller did wrong is no failure of ours. */
const hasFailed = ({ status, event }: TracedRequest): boolean =>
  event === null ? status >= 500 : event.ended === "truncated" || (event.ended === "error" && !isCallers(event.status));

const isCallers = (status: number): boolean => status >= 400 && status < 500;

/** What was wrong with a request to the provider, in a word. One that was repeated with another model was refused. */
function problemOfSend({ answer }: Send, { event, errorType }: TracedRequest, isLast: boolean): string | null {
  if (isLast && event !== null) return toErrorKind(event);
  if (answer !== null) return answer.status >= 400 ? String(answer.status) : null;
  return errorType === null ? null : shownKind(errorType);
}

/** What is known of a request that leaves no record. */
const attributesAlone = ({ id, endpoint, status, errorType, isStream, requestedModel }: TracedRequest): Attributes => ({
  "cco.request.id": id,
  "cco.endpoint": endpoint,
  "cco.streamed": isStream,
  "cco.requested_model": requestedModel === null ? undefined : shownModel(requestedModel),
  "http.response.status_code": status > 0 ? status : undefined,
  "error.type": errorType === null ? undefined : shownKind(errorType),
});

const toAttributes = ({ id, endpoint, isStream }: TracedRequest, event: RequestEvent): Attributes => ({
  "cco.request.id": id,
  "cco.endpoint": endpoint,
  "cco.streamed": isStream,
  "cco.requested_model": event.requestedModel === null ? undefined : shownModel(event.requestedModel),
  "gen_ai.request.model": event.servedModel === null ? undefined : shownModel(event.servedModel),
  "cco.decision": event.decision,
  "cco.reason": shownName(event.reason),
  "cco.rule.id": event.ruleId === null ? undefined : shownName(event.ruleId),
  "cco.rules.version": event.ruleVersion ?? undefined,
  "cco.ended": event.ended,
  "cco.cache.result": event.cache,
  "cco.billing_mode": event.billingMode,
  ...toMoneyAttributes(event),
  // 499 is our own word for a caller who left: no status was sent.
  "http.response.status_code": event.status > 0 && event.status !== 499 ? event.status : undefined,
  "error.type": toErrorKind(event) ?? undefined,
});

function toMoneyAttributes(event: RequestEvent): Attributes {
  const { cost, saved, avoided, planValue } = splitEvent(event);
  return {
    "cco.cost.usd": dollars(cost),
    "cco.saved.usd": dollars(saved),
    "cco.avoided.usd": dollars(avoided),
    "cco.plan_value.usd": dollars(planValue),
  };
}

const dollars = (nanoUsd: string | null): number | undefined =>
  nanoUsd === null ? undefined : toDollarNumber(Number(nanoUsd));

/** Anthropic's input tokens are those that no cache had; OpenTelemetry's are all of them. */
function toUsageAttributes(event: RequestEvent): Attributes {
  const { usage, usageState, answeredModel, stopReason } = event;
  const isKnown = usageState === "exact" || usageState === "estimated";
  return {
    "gen_ai.response.model": answeredModel === null ? undefined : shownModel(answeredModel),
    "gen_ai.response.finish_reasons": stopReason === null ? undefined : [shownKind(stopReason)],
    "gen_ai.usage.input_tokens": isKnown ? promptTokens(usage) : undefined,
    "gen_ai.usage.output_tokens": isKnown ? usage.outputTokens : undefined,
    "gen_ai.usage.cache_read.input_tokens": isKnown ? usage.cacheReadTokens : undefined,
    "gen_ai.usage.cache_creation.input_tokens": isKnown ? cacheWrites(usage) : undefined,
  };
}
