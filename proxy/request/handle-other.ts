import type { IncomingMessage, ServerResponse } from "node:http";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { AppError } from "#core/errors.ts";
import { callerOrigin } from "../server/caller-origin.ts";
import type { Carrier } from "../upstream/carrier.ts";
import { upstreamBlock, upstreamHeaders } from "../upstream/headers.ts";
import { authorize } from "./authorize.ts";
import { lookUpModels } from "./cache-lookup.ts";
import { ClientDisconnect } from "./client-disconnect.ts";
import { RequestContext } from "./context.ts";
import type { ModelDeps, ModelRoute } from "./dependencies.ts";
import { answerProblem, noteHead } from "./handle-messages.ts";
import { modelHeaders } from "./model-headers.ts";
import { addCcoHeaders, writeHead } from "./response-head.ts";
import { namesResults, sendOwnResults } from "./results-url.ts";
import { openRecord, settle, settleInTurn } from "./settle.ts";
import { Tee } from "./tee.ts";

const MEGABYTE = 1024 * 1024;
/** The provider's own limits. */
const BYTES_MAX: Readonly<Record<string, number>> = { batches: 256 * MEGABYTE, files: 500 * MEGABYTE };

/** The list of models: the provider's, or the catalogue's while the provider cannot be asked. */
export async function handleModels(
  request: IncomingMessage,
  response: ServerResponse,
  route: ModelRoute,
  deps: ModelDeps,
): Promise<void> {
  const ctx = new RequestContext(request, route.endpoint, deps.now());
  const line = new ClientDisconnect(ctx, response);
  deps.live.openRequests++;
  try {
    if (request.method !== "GET" && request.method !== "HEAD") throw new AppError("method.not-allowed");
    const snapshot = deps.context.snapshot();
    ctx.snapshot = snapshot;
    const entering = authorize(ctx, request, route, deps);
    if (entering !== null) await entering;
    request.resume();
    const found = lookUpModels(request, route, ctx, deps);
    if (found !== null && (await found.answer(response))) return;
    openRecord(ctx, deps);
    const exchange = await askModels(request, route, ctx, line, deps);
    if (exchange === null) return answerCatalogue(response, snapshot.catalogue, ctx, deps);
    noteHead(ctx, exchange, deps);
    writeHead(response, exchange, ctx, deps.context);
    const listener = { started: () => {}, ending: (t: RequestContext) => settleInTurn(t, deps) };
    const tee = new Tee(ctx, exchange, response, listener, null);
    line.handOver(tee);
    await tee.done;
    if (ctx.upstreamBroke && !response.headersSent) throw new AppError("upstream.failed");
  } catch (problem) {
    answerProblem(request, response, problem, ctx, deps);
  } finally {
    ctx.recorder?.torn();
    deps.live.openRequests--;
    settle(ctx, deps);
    ctx.pass?.leave();
  }
}

async function askModels(
  request: IncomingMessage,
  route: ModelRoute,
  ctx: RequestContext,
  line: ClientDisconnect,
  deps: ModelDeps,
) {
  const headers = upstreamBlock(request.headers, ctx.caller?.operatorKey ?? null);
  const method = request.method ?? "GET";
  try {
    const exchange = await deps.upstream.send({ method, path: route.path + route.query, headers, body: null }, (e) =>
      line.take(e),
    );
    if (route.path !== "/v1/models" || (exchange.status < 500 && exchange.status !== 404)) return exchange;
    exchange.discard();
    return null;
  } catch (problem) {
    if (ctx.clientLeft || route.path !== "/v1/models") throw problem;
    return null;
  }
}

function answerCatalogue(response: ServerResponse, catalogue: Catalogue, ctx: RequestContext, deps: ModelDeps): void {
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
  ctx.status = 200;
  ctx.isComplete = true;
  ctx.responseBytes = Buffer.byteLength(body);
  settle(ctx, deps);
  response.writeHead(200, headers);
  response.end(body);
}

/** Everything else under `/v1/`: carried whole, counted, not looked into. */
export async function handlePass(
  request: IncomingMessage,
  response: ServerResponse,
  route: ModelRoute,
  carrier: Carrier,
  deps: ModelDeps,
): Promise<void> {
  const ctx = new RequestContext(request, route.endpoint, deps.now());
  deps.live.openRequests++;
  response.on("error", () => {});
  response.on("close", () => {
    if (!response.writableFinished && !ctx.upstreamBroke && !ctx.isSettled) ctx.clientLeft = true;
    deps.live.openRequests--;
    settle(ctx, deps);
    ctx.pass?.leave();
  });
  try {
    ctx.snapshot = deps.context.snapshot();
    const entering = authorize(ctx, request, route, deps);
    if (entering !== null) await entering;
    openRecord(ctx, deps);
    countBody(request, ctx, BYTES_MAX[route.endpoint] ?? 32 * MEGABYTE, (problem) => fail(problem));
    const length = request.headers["content-length"];
    const baseUrl = callerOrigin(request, deps.context.settings) + prefixOf(ctx.path);
    request.headers = upstreamHeaders(request.headers, ctx.caller?.operatorKey ?? null);
    if (length !== undefined) request.headers["content-length"] = length;
    request.url = route.path + route.query;
    carrier.carry(request, response, {
      head: (answer) => {
        const isBatch = route.endpoint === "batches" && namesResults(route.path, answer);
        if (!passHead(answer, response, ctx)) return false;
        if (isBatch) {
          delete answer.headers["content-length"];
          sendOwnResults(response, baseUrl);
        }
        return true;
      },
      chunk: (bytes) => {
        ctx.responseBytes += bytes;
      },
      failed: (problem) => fail(problem),
      broken: () => {
        ctx.upstreamBroke = true;
      },
    });
    response.on("finish", () => {
      ctx.isComplete = ctx.status < 400;
      settle(ctx, deps);
    });
  } catch (problem) {
    fail(problem);
  }
  function fail(problem: unknown) {
    answerProblem(request, response, problem, ctx, deps);
  }
}

/** What stands before the provider's part of a batch's path: the caller's project and team. */
function prefixOf(path: string): string {
  const at = path.indexOf("/v1/");
  return path.slice(0, at === -1 ? Math.max(0, path.indexOf("/messages/batches")) : at);
}

function passHead(answer: IncomingMessage, response: ServerResponse, ctx: RequestContext): boolean {
  const status = answer.statusCode ?? 502;
  ctx.ttfbMs = ctx.elapsedMs();
  if (status >= 300 && status < 400 && status !== 304) {
    response.writeHead(502, { "content-type": "application/json", connection: "close" });
    ctx.status = 502;
    response.end(
      '{"type":"error","error":{"type":"api_error","message":"The model provider answered with a redirect, which is never followed."}}',
    );
    return false;
  }
  ctx.status = status;
  const requestId = answer.headers["request-id"];
  ctx.upstreamRequestId = typeof requestId === "string" ? requestId.slice(0, 128) : null;
  const headers = modelHeaders(answer.headers);
  addCcoHeaders(headers, ctx);
  answer.headers = headers as IncomingMessage["headers"];
  answer.rawHeaders = [];
  return true;
}

/** Counts what really arrives; the announced length is only believed when it is too large already. */
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
    ctx.requestBytes += chunk.length;
    if (ctx.requestBytes > bytesMax) {
      request.unpipe();
      fail(tooLarge());
    }
  });
}
