import type { IncomingMessage, ServerResponse } from "node:http";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { AppError } from "#core/errors.ts";
import { callerOrigin } from "../server/caller-origin.ts";
import type { Carrier } from "../upstream/carrier.ts";
import { upstreamBlock, upstreamHeaders } from "../upstream/headers.ts";
import { letIn } from "./authorize.ts";
import { lookUpModels } from "./cache-lookup.ts";
import { CallerLine } from "./client-disconnect.ts";
import { Trip } from "./context.ts";
import { answerProblem, type ModelDeps, type ModelRoute, noteHead } from "./handle-messages.ts";
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
  const trip = new Trip(request, route.endpoint, deps.now());
  const line = new CallerLine(trip, response);
  deps.live.openRequests++;
  try {
    if (request.method !== "GET" && request.method !== "HEAD") throw new AppError("method.not-allowed");
    const snapshot = deps.context.snapshot();
    trip.snapshot = snapshot;
    const entering = letIn(trip, request, route, deps);
    if (entering !== null) await entering;
    request.resume();
    const found = lookUpModels(request, route, trip, deps);
    if (found !== null && (await found.answer(response))) return;
    openRecord(trip, deps);
    const exchange = await askModels(request, route, trip, line, deps);
    if (exchange === null) return answerCatalogue(response, snapshot.catalogue, trip, deps);
    noteHead(trip, exchange, deps);
    writeHead(response, exchange, trip, deps.context);
    const owner = { started: () => {}, ending: (t: Trip) => settleInTurn(t, deps) };
    const tee = new Tee(trip, exchange, response, owner, null);
    line.handOver(tee);
    await tee.done;
    if (trip.upstreamBroke && !response.headersSent) throw new AppError("upstream.failed");
  } catch (problem) {
    answerProblem(request, response, problem, trip, deps);
  } finally {
    trip.recorder?.torn();
    deps.live.openRequests--;
    settle(trip, deps);
    trip.pass?.leave();
  }
}

async function askModels(request: IncomingMessage, route: ModelRoute, trip: Trip, line: CallerLine, deps: ModelDeps) {
  const headers = upstreamBlock(request.headers, trip.caller?.operatorKey ?? null);
  const method = request.method ?? "GET";
  try {
    const exchange = await deps.upstream.send({ method, path: route.path + route.query, headers, body: null }, (e) =>
      line.take(e),
    );
    if (route.path !== "/v1/models" || (exchange.status < 500 && exchange.status !== 404)) return exchange;
    exchange.discard();
    return null;
  } catch (problem) {
    if (trip.clientLeft || route.path !== "/v1/models") throw problem;
    return null;
  }
}

function answerCatalogue(response: ServerResponse, catalogue: Catalogue, trip: Trip, deps: ModelDeps): void {
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
  addCcoHeaders(headers, trip);
  trip.status = 200;
  trip.isComplete = true;
  trip.responseBytes = Buffer.byteLength(body);
  settle(trip, deps);
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
  const trip = new Trip(request, route.endpoint, deps.now());
  deps.live.openRequests++;
  response.on("error", () => {});
  response.on("close", () => {
    if (!response.writableFinished && !trip.upstreamBroke && !trip.isSettled) trip.clientLeft = true;
    deps.live.openRequests--;
    settle(trip, deps);
    trip.pass?.leave();
  });
  try {
    trip.snapshot = deps.context.snapshot();
    const entering = letIn(trip, request, route, deps);
    if (entering !== null) await entering;
    openRecord(trip, deps);
    countBody(request, trip, BYTES_MAX[route.endpoint] ?? 32 * MEGABYTE, (problem) => fail(problem));
    const length = request.headers["content-length"];
    const baseUrl = callerOrigin(request, deps.context.settings) + prefixOf(trip.path);
    request.headers = upstreamHeaders(request.headers, trip.caller?.operatorKey ?? null);
    if (length !== undefined) request.headers["content-length"] = length;
    request.url = route.path + route.query;
    carrier.carry(request, response, {
      head: (answer) => {
        const isBatch = route.endpoint === "batches" && namesResults(route.path, answer);
        if (!passHead(answer, response, trip)) return false;
        if (isBatch) {
          delete answer.headers["content-length"];
          sendOwnResults(response, baseUrl);
        }
        return true;
      },
      chunk: (bytes) => {
        trip.responseBytes += bytes;
      },
      failed: (problem) => fail(problem),
      broken: () => {
        trip.upstreamBroke = true;
      },
    });
    response.on("finish", () => {
      trip.isComplete = trip.status < 400;
      settle(trip, deps);
    });
  } catch (problem) {
    fail(problem);
  }
  function fail(problem: unknown) {
    answerProblem(request, response, problem, trip, deps);
  }
}

/** What stands before the provider's part of a batch's path: the caller's project and team. */
function prefixOf(path: string): string {
  const at = path.indexOf("/v1/");
  return path.slice(0, at === -1 ? Math.max(0, path.indexOf("/messages/batches")) : at);
}

function passHead(answer: IncomingMessage, response: ServerResponse, trip: Trip): boolean {
  const status = answer.statusCode ?? 502;
  trip.ttfbMs = trip.elapsedMs();
  if (status >= 300 && status < 400 && status !== 304) {
    response.writeHead(502, { "content-type": "application/json", connection: "close" });
    trip.status = 502;
    response.end(
      '{"type":"error","error":{"type":"api_error","message":"The model provider answered with a redirect, which is never followed."}}',
    );
    return false;
  }
  trip.status = status;
  const requestId = answer.headers["request-id"];
  trip.upstreamRequestId = typeof requestId === "string" ? requestId.slice(0, 128) : null;
  const headers = modelHeaders(answer.headers);
  addCcoHeaders(headers, trip);
  answer.headers = headers as IncomingMessage["headers"];
  answer.rawHeaders = [];
  return true;
}

/** Counts what really arrives; the announced length is only believed when it is too large already. */
function countBody(request: IncomingMessage, trip: Trip, bytesMax: number, fail: (problem: AppError) => void): void {
  const tooLarge = () =>
    new AppError("request.too-large", {}, `The request body is larger than ${bytesMax / MEGABYTE} MB.`);
  if (Number(request.headers["content-length"] ?? 0) > bytesMax) throw tooLarge();
  request.on("data", (chunk: Buffer) => {
    trip.requestBytes += chunk.length;
    if (trip.requestBytes > bytesMax) {
      request.unpipe();
      fail(tooLarge());
    }
  });
}
