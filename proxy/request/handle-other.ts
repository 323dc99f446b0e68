import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "#core/errors.ts";
import { type BatchWatch, watchBatch } from "../batches/watch-batch.ts";
import { callerOrigin } from "../server/caller-origin.ts";
import type { Carrier } from "../upstream/carrier.ts";
import { upstreamBlock, upstreamHeaders } from "../upstream/headers.ts";
import { authorize } from "./authorize.ts";
import { LookUp, newModelsLookUp, replay } from "./cache-lookup.ts";
import type { ClientDisconnect } from "./client-disconnect.ts";
import type { RequestContext } from "./context.ts";
import { NO_HEAD } from "./context-parts.ts";
import type { ModelDeps, ModelRoute } from "./dependencies.ts";
import { withRequest } from "./frame.ts";
import { modelHeaders } from "./model-headers.ts";
import { readHead, upstreamRequestId } from "./respond.ts";
import { addCcoHeaders, writeHead } from "./response-head.ts";
import { namesResults, sendOwnResults } from "./results-url.ts";
import { openRecord, settle, settleInTurn } from "./settle.ts";
import { Tee } from "./tee.ts";

const MEGABYTE = 1024 * 1024;
/** The provider's own limits. */
const BYTES_MAX: Readonly<Record<string, number>> = { batches: 256 * MEGABYTE, files: 500 * MEGABYTE };

/** Serves the list of models: the provider's, or the catalogue's while the provider cannot be asked. */
export function handleModels(
  request: IncomingMessage,
  response: ServerResponse,
  route: ModelRoute,
  deps: ModelDeps,
): Promise<void> {
  return withRequest({ request, response, route }, deps, async (ctx, disconnect) => {
    if (request.method !== "GET" && request.method !== "HEAD") throw new AppError("method.not-allowed");
    ctx.trace?.step("authorize");
    ctx.admitted = await authorize(ctx, request, route, deps);
    ctx.admitted.pass?.served(null, 0);
    request.resume();
    ctx.trace?.step("look in cache");
    const lookUp = newModelsLookUp(request, route, ctx, deps);
    ctx.lookedUp = lookUp instanceof LookUp ? await lookUp.find() : lookUp;
    if (ctx.lookedUp.answer !== null) return replay(response, ctx, ctx.lookedUp.answer, deps);
    ctx.trace?.step("open record");
    openRecord(ctx, deps);
    ctx.trace?.send(null);
    const exchange = await askModels(request, route, ctx, disconnect, deps);
    if (exchange === null) return answerCatalogue(response, ctx, deps);
    ctx.head = readHead(ctx, exchange, deps);
    writeHead(response, exchange, ctx, deps.context);
    const listener = { started: () => {}, ending: (t: RequestContext) => settleInTurn(t, deps) };
    const tee = new Tee(ctx, exchange, response, listener, null);
    disconnect.handOver(tee);
    await tee.done;
    if (ctx.delivery.upstreamBroke && !response.headersSent) throw new AppError("upstream.failed");
  });
}

async function askModels(
  request: IncomingMessage,
  route: ModelRoute,
  ctx: RequestContext,
  disconnect: ClientDisconnect,
  deps: ModelDeps,
) {
  const headers = upstreamBlock(request.headers, ctx.admitted.caller?.operatorKey ?? null);
  const method = request.method ?? "GET";
  try {
    const exchange = await deps.upstream.send({ method, path: route.path + route.query, headers, body: null }, (e) =>
      disconnect.take(e),
    );
    if (route.path !== "/v1/models" || (exchange.status < 500 && exchange.status !== 404)) return exchange;
    exchange.discard();
    return null;
  } catch (problem) {
    if (ctx.delivery.clientLeft || route.path !== "/v1/models") throw problem;
    return null;
  }
}

function answerCatalogue(response: ServerResponse, ctx: RequestContext, deps: ModelDeps): void {
  const { catalogue } = deps.context.snapshot();
  const data = catalogue.models
    .filter((model) => model.status !== "retired")
    .map((model) => ({
      type: "model",
      id: model.id,
      display_name: model.displayName,
      created_at: `${model.releasedAt ?? "1970-01-01"}T00:00:00Z`,
    }));
  const body = JSON.stringify({
    data,
    has_more: false,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  });
  const headers: Record<string, string | string[]> = {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
  };
  addCcoHeaders(headers, ctx);
  ctx.head = { ...NO_HEAD, status: 200 };
  ctx.delivery.isComplete = true;
  ctx.delivery.responseBytes = Buffer.byteLength(body);
  settle(ctx, deps);
  response.writeHead(200, headers);
  response.end(body);
}

/**
 * Carries everything else under `/v1/`: whole, counted, and but for answers about batches not looked into. Long because
 * every ending of a carried request is wired here.
 */
export function handlePass(
  request: IncomingMessage,
  response: ServerResponse,
  route: ModelRoute,
  carrier: Carrier,
  deps: ModelDeps,
): Promise<void> {
  return withRequest({ request, response, route }, deps, async (ctx, disconnect) => {
    ctx.trace?.step("authorize");
    ctx.admitted = await authorize(ctx, request, route, deps);
    ctx.admitted.pass?.served(null, 0);
    ctx.trace?.step("open record");
    openRecord(ctx, deps);
    ctx.trace?.send(null);
    const baseUrl = callerOrigin(request, deps.context.settings) + findPrefix(ctx.path);
    let batch: BatchWatch | null = null;
    if (route.endpoint === "batches")
      batch = await watchBatch(request, route, ctx, deps, (exchange) => disconnect.take(exchange));
    if (ctx.delivery.clientLeft) return;
    await new Promise<void>((resolve, reject) => {
      void disconnect.closed.then(resolve);
      countBody(request, ctx, BYTES_MAX[route.endpoint] ?? 32 * MEGABYTE, reject);
      if (batch?.body) request.on("data", batch.body);
      prepareRequest(request, route, ctx);
      carrier.carry(request, response, {
        head: (answer) => {
          const namesOthers = batch !== null && namesResults(request.method ?? "GET", route.path, answer);
          if (!passHead(answer, response, ctx)) return false;
          batch?.follow(answer);
          if (batch !== null && namesOthers) {
            delete answer.headers["content-length"];
            sendOwnResults(response, baseUrl, batch.note);
          }
          return true;
        },
        chunk: (bytes) => {
          ctx.delivery.responseBytes += bytes;
        },
        failed: reject,
        broken: () => {
          ctx.delivery.upstreamBroke = true;
        },
      });
      response.on("finish", () => {
        ctx.delivery.isComplete = ctx.head.status < 400;
        if (batch === null) settle(ctx, deps);
        else void batch.done.then(() => settle(ctx, deps));
      });
    });
    await batch?.done;
  });
}

/** Sets the path and headers that the request goes on with. */
function prepareRequest(request: IncomingMessage, route: ModelRoute, ctx: RequestContext): void {
  const length = request.headers["content-length"];
  request.headers = upstreamHeaders(request.headers, ctx.admitted.caller?.operatorKey ?? null);
  if (length !== undefined) request.headers["content-length"] = length;
  request.url = route.path + route.query;
}

/** The part before the provider's path of a batch: the caller's project and team. */
function findPrefix(path: string): string {
  const at = path.indexOf("/v1/");
  return path.slice(0, at === -1 ? Math.max(0, path.indexOf("/messages/batches")) : at);
}

function passHead(answer: IncomingMessage, response: ServerResponse, ctx: RequestContext): boolean {
  const status = answer.statusCode ?? 502;
  const ttfbMs = ctx.elapsedMs();
  ctx.trace?.answered(status);
  if (status >= 300 && status < 400 && status !== 304) {
    response.writeHead(502, { "content-type": "application/json", "cache-control": "no-store", connection: "close" });
    ctx.head = { ...NO_HEAD, status: 502, ttfbMs };
    response.end(
      '{"type":"error","error":{"type":"api_error","message":"The model provider answered with a redirect, which is never followed."}}',
    );
    return false;
  }
  ctx.head = { status, isStream: false, upstreamRequestId: upstreamRequestId(answer.headers), ttfbMs };
  const headers = modelHeaders(answer.headers);
  addCcoHeaders(headers, ctx);
  answer.headers = headers as IncomingMessage["headers"];
  answer.rawHeaders = [];
  return true;
}

/** Counts the bytes that arrive; the announced length is only believed when it is too large already. */
function countBody(
  request: IncomingMessage,
  ctx: RequestContext,
  bytesMax: number,
  fail: (problem: AppError) => void,
): void {
  const tooLarge = () =>
    new AppError("request.too-large", {}, `The request body is larger than ${bytesMax / MEGABYTE} MB.`);
  if (Number(request.headers["content-length"] ?? 0) > bytesMax) throw tooLarge();
  request.on("data", (chunk: Buffer) => {
    ctx.delivery.requestBytes += chunk.length;
    if (ctx.delivery.requestBytes > bytesMax) {
      request.unpipe();
      fail(tooLarge());
    }
  });
}
