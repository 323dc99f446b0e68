import { DEFAULT_PROJECT } from "#core/access/attribution.ts";
import type { RequestEvent, UsageState } from "#core/activity/request-event.ts";
import { formatUsageParts } from "#core/activity/usage-parts.ts";
import { buildUsageParts } from "#core/costs/billed-parts.ts";
import { eventCosts, type Priced, priceCacheHit, priceRequest } from "#core/costs/price-request.ts";
import { emptyUsage, type PriceContext, type Usage, type UsagePart } from "#core/costs/usage.ts";
import type { NanoUsd } from "#core/money/nano-usd.ts";
import { classifyEnding } from "#core/protocol/stream-end.ts";
import { estimateOutput } from "#core/protocol/stream-usage.ts";
import type { CacheEvidence, PromptPrefixes } from "../sessions/prompt-prefixes.ts";
import type { OpenRecord } from "../spool/records.ts";
import type { RequestContext } from "./context.ts";

/** What is known of a request before it is sent. */
export function openFields(ctx: RequestContext, instanceId: string): OpenRecord {
  const { choice, asked } = ctx;
  const { caller } = ctx.admitted;
  const turn = ctx.conversation?.turn;
  return {
    id: ctx.id,
    startedAtMs: ctx.startedAtMs,
    instanceId,
    endpoint: ctx.endpoint,
    streamed: asked?.fields.isStream ?? false,
    requestedModel: choice?.requested ?? asked?.requestedModel ?? null,
    servedModel: choice?.served ?? null,
    decision: choice?.kind ?? "pass",
    reason: choice?.reason ?? "not-decided",
    ruleId: choice?.ruleId ?? null,
    ruleVersion: choice?.version ?? ctx.snapshot?.version ?? null,
    edits: ctx.adapted?.recorded ?? null,
    arm: ctx.decided?.arm ?? null,
    project: caller?.project ?? DEFAULT_PROJECT,
    team: caller?.team ?? null,
    personId: caller?.personId ?? null,
    proxyKeyId: caller?.proxyKeyId ?? null,
    sessionId: ctx.sessionId,
    agentId: ctx.agentId,
    parentAgentId: ctx.parentAgentId,
    clientName: ctx.clientName,
    clientVersion: ctx.clientVersion,
    billingMode: caller?.billingMode ?? "metered",
    facts: ctx.decided?.facts ?? null,
    messages: turn?.messages ?? null,
    toolResults: turn?.toolResults ?? null,
    toolErrors: turn?.toolErrors ?? null,
    newToolResults: turn?.newToolResults ?? null,
    newToolErrors: turn?.newToolErrors ?? null,
    humanTurn: ctx.conversation?.isHumanTurn ?? null,
    interrupted: turn?.isInterrupted ?? null,
    compacted: turn?.isCompacted ?? null,
    repeatedCalls: turn?.repeatedCalls ?? null,
    requestBytes: ctx.delivery.requestBytes,
    cache: ctx.lookedUp.result,
    cacheReason: ctx.lookedUp.reason,
  };
}

/**
 * The event of a request that ended. One flat literal on purpose: with the open fields spread into it, building this
 * object was the costliest thing the proxy did itself. Long because of that: a line per field.
 */
export function buildEvent(ctx: RequestContext, instanceId: string, prompts: PromptPrefixes): RequestEvent {
  const { choice, asked, head, delivery } = ctx;
  const { caller } = ctx.admitted;
  const turn = ctx.conversation?.turn;
  const { meter } = delivery;
  const durationMs = ctx.elapsedMs();
  const status = delivery.clientLeft && !delivery.hasStatus ? 499 : head.status;
  const { usage, usageState, context } = deriveUsage(ctx);
  const isKnown = usageState === "exact" || usageState === "estimated";
  const parts = isKnown ? buildParts(ctx, usage) : NO_PARTS;
  const cached = usageState === "exact" ? noteCached(ctx, prompts, usage) : null;
  // A bill of several models does not say which of the writes go on with the conversation.
  const rewrittenTokens = parts.length === 0 ? (cached?.rewrittenTokens ?? null) : null;
  const priced = isKnown ? priceUsage(ctx, { usage, parts, context, rewrittenTokens }) : null;
  return {
    id: ctx.id,
    instanceId,
    upstreamRequestId: head.upstreamRequestId,
    startedAtMs: ctx.startedAtMs,
    endedAtMs: ctx.startedAtMs + durationMs,
    durationMs,
    ttfbMs: head.ttfbMs,
    endpoint: ctx.endpoint,
    streamed: asked?.fields.isStream ?? false,
    status,
    ended: deriveEnded(ctx, status),
    errorType: delivery.errorType ?? meter?.errorType ?? null,
    stopReason: meter?.stopReason ?? null,
    requestedModel: choice?.requested ?? asked?.requestedModel ?? null,
    servedModel: choice?.served ?? null,
    answeredModel: meter?.answeredModel ?? null,
    decision: choice?.kind ?? "pass",
    reason: choice?.reason ?? "not-decided",
    ruleId: choice?.ruleId ?? null,
    ruleVersion: choice?.version ?? ctx.snapshot?.version ?? null,
    edits: ctx.adapted?.recorded ?? null,
    arm: ctx.decided?.arm ?? null,
    project: caller?.project ?? DEFAULT_PROJECT,
    team: caller?.team ?? null,
    personId: caller?.personId ?? null,
    proxyKeyId: caller?.proxyKeyId ?? null,
    sessionId: ctx.sessionId,
    agentId: ctx.agentId,
    parentAgentId: ctx.parentAgentId,
    clientName: ctx.clientName,
    clientVersion: ctx.clientVersion,
    billingMode: caller?.billingMode ?? "metered",
    facts: ctx.decided?.facts ?? null,
    messages: turn?.messages ?? null,
    toolResults: turn?.toolResults ?? null,
    toolErrors: turn?.toolErrors ?? null,
    newToolResults: turn?.newToolResults ?? null,
    newToolErrors: turn?.newToolErrors ?? null,
    humanTurn: ctx.conversation?.isHumanTurn ?? null,
    interrupted: turn?.isInterrupted ?? null,
    compacted: turn?.isCompacted ?? null,
    repeatedCalls: turn?.repeatedCalls ?? null,
    toolUses: ctx.endpoint === "messages" && meter !== null && status < 400 ? meter.toolUses : null,
    cacheCause: cached?.cause ?? null,
    lostCacheTokens: cached?.lostTokens ?? null,
    rewrittenTokens,
    usage,
    usageState,
    usageParts: formatUsageParts(parts),
    serviceTier: context.serviceTier,
    speed: context.speed,
    inferenceGeo: context.inferenceGeo,
    priceVersion: priced?.priceVersion ?? null,
    costs: priced?.costs ? eventCosts(priced.costs) : null,
    costNanoUsd: priced?.cost?.toString() ?? null,
    baselineNanoUsd: priced?.baseline?.toString() ?? null,
    savedNanoUsd: priced?.saved?.toString() ?? null,
    avoidedNanoUsd: priced?.avoided?.toString() ?? "0",
    tokenizerRatioMilli: priced?.tokenizerRatioMilli ?? 1000,
    batch: delivery.batch,
    cache: ctx.lookedUp.result,
    cacheReason: ctx.lookedUp.reason,
    requestBytes: delivery.requestBytes,
    responseBytes: delivery.responseBytes,
  };
}

function deriveEnded({ head, delivery }: RequestContext, status: number): RequestEvent["ended"] {
  const { meter, isComplete, clientLeft, upstreamBroke } = delivery;
  return classifyEnding({
    status,
    isComplete,
    sawError: (head.isStream || status < 400) && meter !== null && meter.errorType !== null,
    clientLeft,
    upstreamBroke,
  });
}

/** Only after a whole answer is it known what the provider's cache holds now. */
function noteCached(ctx: RequestContext, prompts: PromptPrefixes, usage: Usage): CacheEvidence | null {
  const { choice, snapshot, startedAtMs, delivery, lookedUp } = ctx;
  const prompt = ctx.conversation?.prompt ?? null;
  if (prompt === null || choice === null || snapshot === null) return null;
  if (!delivery.isComplete || lookedUp.result === "hit") return null;
  const { requested, served } = choice;
  return prompts.answered(prompt, { startedAtMs, requested, served, usage, catalogue: snapshot.catalogue });
}

const NO_CONTEXT: PriceContext = { serviceTier: null, speed: null, inferenceGeo: null };

function deriveUsage(ctx: RequestContext): { usage: Usage; usageState: UsageState; context: PriceContext } {
  const { endpoint } = ctx;
  const { meter } = ctx.delivery;
  if (meter === null || endpoint !== "messages" || !meter.tally.isKnown) {
    return { usage: emptyUsage(), usageState: isUsageUnknown(ctx) ? "unknown" : "none", context: NO_CONTEXT };
  }
  const { tally } = meter;
  if (tally.isFinal) return { usage: tally.usage, usageState: "exact", context: tally.context };
  return { usage: estimateOutput(tally, meter.deliveredBytes), usageState: "estimated", context: tally.context };
}

/**
 * Whether the provider may have worked on the request without saying what it used. Either the caller left or the answer
 * broke off before, or a whole answer came whose usage cannot be read. A refusal by the provider is paid for by no one.
 * An error after a stream began is no refusal.
 */
const isUsageUnknown = ({ endpoint, delivery: { exchange, meter } }: RequestContext): boolean =>
  endpoint === "messages" &&
  exchange?.mayCost === true &&
  (meter === null || meter.errorType === null || meter.hasStarted || meter.deliveredBytes > 0);

const NO_PARTS: readonly UsagePart[] = [];

/** Who used what, where it was not the model the request was sent to alone. */
function buildParts({ delivery, choice, snapshot }: RequestContext, usage: Usage): readonly UsagePart[] {
  const { meter } = delivery;
  if (meter === null || choice === null || snapshot === null) return NO_PARTS;
  const { answeredModel: answered, tally } = meter;
  if (tally.parts.length === 0 && (answered === null || answered === choice.served)) return NO_PARTS;
  return buildUsageParts({ served: choice.served, answered, usage, iterations: tally.parts }, snapshot.prices);
}

interface Billed {
  usage: Usage;
  parts: readonly UsagePart[];
  context: PriceContext;
  rewrittenTokens: number | null;
}

/** What the cache answers costs nothing; what it would have cost is avoided, and nothing is saved by a rule. */
function priceUsage(
  ctx: RequestContext,
  { usage, parts, context, rewrittenTokens }: Billed,
): (Priced & { avoided?: NanoUsd }) | null {
  const { choice, snapshot } = ctx;
  if (choice === null || snapshot === null) return null;
  const { requested, served } = choice;
  const input = {
    requested,
    served,
    usage,
    parts,
    context,
    rewrittenTokens: rewrittenTokens ?? 0,
    atMs: ctx.startedAtMs,
  };
  return ctx.lookedUp.result === "hit" ? priceCacheHit(input, snapshot.prices) : priceRequest(input, snapshot.prices);
}
