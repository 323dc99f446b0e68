import type { IncomingHttpHeaders } from "node:http";
import { AppError } from "#core/errors.ts";
import { isEventStream } from "#core/protocol/event-stream-type.ts";
import type { CallerResponse } from "../http1/caller-side.ts";
import { notePrompt } from "../sessions/session-prompt.ts";
import type { Exchange } from "../upstream/client.ts";
import type { ClientDisconnect } from "./client-disconnect.ts";
import type { RequestContext } from "./context.ts";
import type { Head } from "./context-parts.ts";
import { pinFallback } from "./decide.ts";
import type { ModelDeps } from "./dependencies.ts";
import { writeHead } from "./response-head.ts";
import { noteStarted, settleInTurn } from "./settle.ts";
import { Tee } from "./tee.ts";

/** Ids of the provider are far shorter. */
const REQUEST_ID_MAX = 128;

/**
 * Whether a fallback keeps the rest of the session: only once the asked model has responded to the end. A refusal or an
 * overload by both models is no evidence about the served one, with any status; nor is a response that ended in its
 * middle.
 */
function pinProvenFallback(ctx: RequestContext, deps: ModelDeps): void {
  const { fellBack, head, delivery } = ctx;
  const { meter } = delivery;
  const isAnswered = head.status >= 200 && head.status < 300 && delivery.isComplete && meter !== null;
  if (fellBack === null || !isAnswered || meter.errorType !== null || meter.stopReason === null) return;
  pinFallback(ctx, fellBack.refused, fellBack.reason, deps.pins);
}

/**
 * Keeps what this response shows about the session, before the caller has the last byte. The session's next request may
 * follow at once.
 */
function close(ctx: RequestContext, deps: ModelDeps): Promise<void> | null {
  const isFirst = ctx.settled === null;
  if (isFirst) ctx.trace?.step("close record");
  notePrompt(ctx, deps.pins);
  if (isFirst) pinProvenFallback(ctx, deps);
  return settleInTurn(ctx, deps);
}

/**
 * Passes the provider's response on to the caller, and returns when it has ended. Fails where the provider broke off
 * before anything was sent.
 */
export async function respond(
  response: CallerResponse,
  exchange: Exchange,
  { ctx, disconnect }: { ctx: RequestContext; disconnect: ClientDisconnect },
  deps: ModelDeps,
): Promise<void> {
  ctx.head = readHead(ctx, exchange, deps);
  // The body was sent for good: others may have its memory.
  ctx.body?.release();
  if (ctx.head.isStream && deps.telemetry !== null) ctx.delivery.chunkTimes = deps.telemetry.chunkTimes();
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
  if (ctx.head.isStream) deps.streams.add(tee);
  deps.live.openStreams = deps.streams.size;
  await tee.done;
  deps.streams.remove(tee);
  deps.live.openStreams = deps.streams.size;
  if (ctx.delivery.upstreamBroke && !response.headersSent) throw new AppError("upstream.failed");
}

/** Reads the head of a response. A redirect is a failure: a key must not follow it to another host. */
export function readHead(ctx: RequestContext, exchange: Exchange, { live }: ModelDeps): Head {
  if (exchange.status >= 300 && exchange.status < 400 && exchange.status !== 304) {
    exchange.discard();
    throw new AppError("upstream.failed", {}, "The model provider answered with a redirect, which is never followed.");
  }
  const ttfbMs = ctx.elapsedMs();
  ctx.trace?.answered(exchange.status);
  live.latencySeconds += ttfbMs / 1000;
  live.latencyCount++;
  return {
    status: exchange.status,
    isStream: isEventStream(exchange.headers["content-type"]),
    upstreamRequestId: upstreamRequestId(exchange.headers),
    ttfbMs,
  };
}

/** The provider's id of the request, cut to what is recorded. */
export function upstreamRequestId(headers: IncomingHttpHeaders): string | null {
  const id = headers["request-id"];
  return typeof id === "string" ? id.slice(0, REQUEST_ID_MAX) : null;
}
