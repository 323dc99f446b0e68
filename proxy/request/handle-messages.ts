import { performance } from "node:perf_hooks";
import { holdsWholeSecret } from "#core/access/own-secrets.ts";
import { AppError } from "#core/errors.ts";
import { invariant } from "#core/invariant.ts";
import { isEventStream } from "#core/protocol/event-stream-type.ts";
import { readMessagesFields } from "#core/protocol/messages-fields.ts";
import { ClientGone, indexOfBody } from "../body/body-budget.ts";
import { RequestBody } from "../body/request-body.ts";
import type { CallerRequest, CallerResponse } from "../http1/caller-side.ts";
import { notePrompt } from "../sessions/session-prompt.ts";
import type { Exchange } from "../upstream/client.ts";
import { upstreamBlock } from "../upstream/headers.ts";
import { adaptRequest, type Changes, withBetas } from "./adapt.ts";
import { authorize, checkModelsAllowed, confirmWithinLimits, hasRoomFor, readWithinLimits } from "./authorize.ts";
import { lookUp } from "./cache-lookup.ts";
import type { ClientDisconnect } from "./client-disconnect.ts";
import type { RequestContext } from "./context.ts";
import { choose, fellBack, pinFallback } from "./decide.ts";
import type { ModelDeps, ModelRoute } from "./dependencies.ts";
import { withRequest } from "./frame.ts";
import { factsOf, noteConversation } from "./note-conversation.ts";
import { openingError } from "./opening-error.ts";
import { writeHead } from "./response-head.ts";
import { noteStarted, openRecordInTurn, settleInTurn } from "./settle.ts";
import { Tee } from "./tee.ts";

/** Handles one message or token count: the steps in order. */
export function handleMessages(
  request: CallerRequest,
  response: CallerResponse,
  route: ModelRoute,
  deps: ModelDeps,
): Promise<void> {
  return withRequest({ request, response, route }, deps, async (ctx, disconnect) => {
    if (request.method !== "POST") throw new AppError("method.not-allowed");
    ctx.trace?.step("authorize");
    await authorize(ctx, request, route, deps);
    noteKeyUse(ctx, deps);
    ctx.trace?.step("read body");
    const body = await readWithinLimits(ctx, readBody(ctx, request, deps), { request, route }, deps);
    const receivedTick = performance.now();
    ctx.trace?.step("decide");
    const index = await indexOfBody(body.bytes);
    ctx.fields = readMessagesFields(body.bytes, index, ctx.sessionHeader !== null);
    refuseSecret(index.model);
    ctx.requestedModel = index.model;
    // Here, where what the walk has found is in memory as a rule: the next body that comes takes its place.
    if (ctx.endpoint === "messages") noteConversation(ctx, body.bytes, index, deps);
    checkModelsAllowed(ctx, body.bytes, index);
    await deps.recallPin(ctx, index.model);
    ctx.choice = choose(ctx, body.bytes, index, deps.pins);
    ctx.facts = factsOf(ctx, body.bytes, index, deps);
    ctx.trace?.step("adapt");
    const changes = adaptRequest(ctx, request.headers, body.bytes, index, deps.pins);
    // Here, where it is known that the served model takes it.
    if (ctx.pass !== null) await confirmWithinLimits(ctx, ctx.pass, body.bytes, deps);
    deps.announce(ctx);
    ctx.trace?.step("look in cache");
    const found = lookUp(request, route, { ctx, body: body.bytes, index, changes }, deps);
    if (found !== null && (await found.answer(response))) return;
    ctx.trace?.step("open record");
    await openRecordInTurn(ctx, deps);
    deps.live.pace.note(receivedTick, performance.now());
    const exchange = await forward(request, route, { ctx, disconnect, body, changes }, deps);
    await deliver(response, exchange, { ctx, disconnect }, deps);
  });
}

/** Reads all of the body into memory of the pool, which is released when the request ends or its body was sent for good. */
async function readBody(ctx: RequestContext, request: CallerRequest, deps: ModelDeps): Promise<RequestBody> {
  const body = new RequestBody(deps.budget);
  ctx.body = body;
  await body.read(request, (bytes) => {
    ctx.requestBytes += bytes;
  });
  return body;
}

interface Passage {
  ctx: RequestContext;
  disconnect: ClientDisconnect;
}

/**
 * Sends the body, edited where the decision asks for it. After a refusal by the served model it goes to the asked one,
 * once.
 */
async function forward(
  request: CallerRequest,
  route: ModelRoute,
  { ctx, disconnect, body, changes }: Passage & { body: RequestBody; changes: Changes },
  deps: ModelDeps,
): Promise<Exchange> {
  const { choice, caller } = ctx;
  invariant(choice !== null && caller !== null, "forward comes after admit and choose");
  const headers = upstreamBlock(request.headers, caller.operatorKey);
  const path = route.path + route.query;
  const mayFallBack = choice.kind === "override" && choice.fallback !== "never";
  const departed = (exchange: Exchange) => {
    disconnect.take(exchange);
    ctx.exchange = exchange;
    body.keep(exchange, mayFallBack);
  };
  const adapted = withBetas(headers, changes.betas);
  const sent = { method: "POST", path, headers: adapted, body: body.edited(changes.edits) };
  ctx.trace?.send(choice.served);
  const exchange = await deps.upstream.send(sent, departed);
  ctx.trace?.answered(exchange.status);
  const refused = mayFallBack ? await openingError(exchange) : null;
  if (mayFallBack && ctx.clientLeft) throw new ClientGone();
  const reason = fallbackReason(ctx, refused ?? exchange.status);
  // A body that was evicted for others cannot be sent again: the refusal is the response.
  if (reason === null || ctx.clientLeft || body.isGone) return exchange;
  const instead = fellBack(choice, reason);
  // So it is where no budget has room for the asked model.
  const hasRoom = await hasRoomFor(ctx, instead.served);
  if (ctx.clientLeft) throw new ClientGone();
  if (!hasRoom || body.isGone) return exchange;
  exchange.discard();
  ctx.choice = instead;
  ctx.refused = { choice, reason };
  ctx.trace?.send(instead.served);
  return deps.upstream.send({ method: "POST", path, headers, body: body.original() }, (again) => {
    disconnect.take(again);
    ctx.exchange = again;
    body.sentAgain(again);
  });
}

/** Names of models are shorter than the shortest secret. */
const SECRET_LENGTH = 40;

const REFUSALS = new Set([400, 403, 404, 413]);
const OVERLOADS = new Set([429, 500, 502, 503, 504, 529]);

/** Why this response of the served model is not passed on, or null when it is. */
function fallbackReason({ choice }: RequestContext, status: number): string | null {
  if (choice?.kind !== "override" || choice.fallback === "never") return null;
  const isWanted = REFUSALS.has(status) || (choice.fallback === "on-overload" && OVERLOADS.has(status));
  return isWanted ? `upstream_${status}` : null;
}

/**
 * Whether a fallback keeps the rest of the session: only once the asked model has responded to the end. A refusal or an
 * overload by both models is no evidence about the served one, with any status; nor is a response that ended in its
 * middle.
 */
function pinProvenFallback(ctx: RequestContext, deps: ModelDeps): void {
  const { refused, meter, status } = ctx;
  ctx.refused = null;
  const isAnswered = status >= 200 && status < 300 && ctx.isComplete && meter !== null;
  if (refused === null || !isAnswered || meter.errorType !== null || meter.stopReason === null) return;
  pinFallback(ctx, refused.choice, refused.reason, deps.pins);
}

/**
 * Keeps what this response shows about the session before the caller has the last byte: the session's next request may
 * follow at once.
 */
function close(ctx: RequestContext, deps: ModelDeps): Promise<void> | null {
  if (!ctx.isSettled) ctx.trace?.step("close record");
  notePrompt(ctx, deps.pins);
  pinProvenFallback(ctx, deps);
  return settleInTurn(ctx, deps);
}

async function deliver(
  response: CallerResponse,
  exchange: Exchange,
  { ctx, disconnect }: Passage,
  deps: ModelDeps,
): Promise<void> {
  noteHead(ctx, exchange, deps);
  // The body was sent for good: others may have its memory.
  ctx.body?.release();
  if (ctx.isStream && deps.telemetry !== null) ctx.chunkTimes = deps.telemetry.chunkTimes();
  const { choice } = ctx;
  const restoreTo = choice !== null && choice.served !== choice.requested ? choice.requested : null;
  writeHead(response, exchange, ctx, deps.context);
  const tee = new Tee(
    ctx,
    exchange,
    response,
    { started: (t) => noteStarted(t, deps), ending: (t) => close(t, deps) },
    restoreTo,
  );
  disconnect.handOver(tee);
  if (ctx.isStream) deps.streams.add(tee);
  deps.live.openStreams = deps.streams.size;
  await tee.done;
  deps.streams.remove(tee);
  deps.live.openStreams = deps.streams.size;
  if (ctx.upstreamBroke && !response.headersSent) throw new AppError("upstream.failed");
}

export function noteHead(ctx: RequestContext, exchange: Exchange, deps: ModelDeps): void {
  if (exchange.status >= 300 && exchange.status < 400 && exchange.status !== 304) {
    exchange.discard();
    throw new AppError("upstream.failed", {}, "The model provider answered with a redirect, which is never followed.");
  }
  ctx.status = exchange.status;
  ctx.ttfbMs = ctx.elapsedMs();
  ctx.trace?.answered(exchange.status);
  deps.live.latencySeconds += ctx.ttfbMs / 1000;
  deps.live.latencyCount++;
  const requestId = exchange.headers["request-id"];
  ctx.upstreamRequestId = typeof requestId === "string" ? requestId.slice(0, 128) : null;
  ctx.isStream = isEventStream(exchange.headers["content-type"]);
}

/** A model's name goes to the provider, to the database and into metrics: a secret of ours must not stand in its place. */
function refuseSecret(model: string): void {
  if (model.length < SECRET_LENGTH || !holdsWholeSecret(model)) return;
  throw new AppError(
    "request.invalid",
    {},
    "The field model holds a secret of CCO. Name a model; the key goes into a header.",
  );
}

function noteKeyUse({ caller }: RequestContext, { context }: ModelDeps): void {
  if (caller !== null && caller.proxyKeyId !== null) context.ledger.noteKeyUse(caller.proxyKeyId);
}
