import { performance } from "node:perf_hooks";
import { holdsAnySecret } from "#core/access/own-secrets.ts";
import { AppError } from "#core/errors.ts";
import type { BodyIndex } from "#core/json-index/body-index.ts";
import { readMessagesFields } from "#core/protocol/messages-fields.ts";
import { indexOfBody } from "../body/body-budget.ts";
import { RequestBody } from "../body/request-body.ts";
import type { CallerRequest, CallerResponse } from "../http1/caller-side.ts";
import { adaptRequest } from "./adapt.ts";
import { authorize, checkModelsAllowed, confirmWithinLimits, namesFiles, readWithinLimits } from "./authorize.ts";
import { LookUp, newLookUp, replay } from "./cache-lookup.ts";
import type { RequestContext } from "./context.ts";
import type { Asked } from "./context-parts.ts";
import { choose } from "./decide.ts";
import type { ModelDeps, ModelRoute } from "./dependencies.ts";
import { forward } from "./forward.ts";
import { withRequest } from "./frame.ts";
import { readConversation } from "./note-conversation.ts";
import { respond } from "./respond.ts";
import { openRecordInTurn } from "./settle.ts";

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
    const admitted = authorize(ctx, request, route, deps);
    ctx.admitted = admitted instanceof Promise ? await admitted : admitted;
    noteKeyUse(ctx, deps);
    ctx.trace?.step("read body");
    const body = await readWithinLimits(ctx, readBody(ctx, request, deps), { request, route }, deps);
    const receivedTick = performance.now();
    ctx.trace?.step("decide");
    const index = await indexOfBody(body.bytes);
    ctx.asked = readAsked(ctx, body.bytes, index);
    if (ctx.asked.requestedModel === null) throw secretAsModel();
    // Read the conversation here, where the index walk's findings are still in memory as a rule. The next body that
    // comes takes its place.
    if (ctx.endpoint === "messages") ctx.conversation = readConversation(ctx, body.bytes, index, deps);
    checkModelsAllowed(ctx, body.bytes, index);
    await deps.recallPin(ctx, index.model);
    ctx.decided = choose(ctx, body.bytes, index, deps);
    ctx.trace?.step("adapt");
    ctx.adapted = adaptRequest(ctx, request.headers, body.bytes, index, deps.pins);
    const { changes } = ctx.adapted;
    // Here, where it is known that the served model takes it.
    const { pass } = ctx.admitted;
    if (pass !== null) await confirmWithinLimits(ctx, pass, deps);
    deps.announce(ctx);
    ctx.trace?.step("look in cache");
    const lookUp = newLookUp(request, route, { ctx, body: body.bytes, index, changes }, deps);
    ctx.lookedUp = lookUp instanceof LookUp ? await lookUp.find() : lookUp;
    if (ctx.lookedUp.answer !== null) return replay(response, ctx, ctx.lookedUp.answer, deps);
    ctx.trace?.step("open record");
    await openRecordInTurn(ctx, deps);
    deps.live.pace.note(receivedTick, performance.now());
    const exchange = await forward(request, route, { ctx, disconnect, body, changes }, deps);
    await respond(response, exchange, { ctx, disconnect }, deps);
  });
}

/**
 * Reads the whole body into memory of the pool. The memory is released when the request ends or its body was sent for
 * good.
 */
async function readBody(ctx: RequestContext, request: CallerRequest, deps: ModelDeps): Promise<RequestBody> {
  const body = new RequestBody(deps.budget);
  ctx.body = body;
  await body.read(request, (bytes) => {
    ctx.delivery.requestBytes += bytes;
  });
  return body;
}

/** Length from which a model's name is checked for a secret: the shortest secret is no shorter. */
const SECRET_LENGTH = 12;

/**
 * Reads what is asked for. The model's name goes to the provider, to the database and into metrics, so a secret must
 * not stand in its place: it is null then.
 */
function readAsked({ sessionHeader, admitted }: RequestContext, bytes: Buffer, index: BodyIndex): Asked {
  const { model } = index;
  return {
    fields: readMessagesFields(bytes, index, sessionHeader !== null),
    requestedModel: model.length >= SECRET_LENGTH && holdsAnySecret(model) ? null : model,
    namesFiles: namesFiles(admitted, bytes),
  };
}

const secretAsModel = (): AppError =>
  new AppError("request.invalid", {}, "The field model holds a secret. Name a model; the key goes into a header.");

function noteKeyUse({ admitted: { caller } }: RequestContext, { context }: ModelDeps): void {
  if (caller !== null && caller.proxyKeyId !== null) context.ledger.noteKeyUse(caller.proxyKeyId);
}
