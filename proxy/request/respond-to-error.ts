import { AppError, type ErrorCode } from "#core/errors.ts";
import { ClientGone } from "../body/body-budget.ts";
import type { CallerRequest, CallerResponse } from "../http1/caller-side.ts";
import { noteRefused } from "../metrics/live-counters.ts";
import { findRefusedStatus } from "../server/client-error.ts";
import { asAppError, refuse } from "../server/refuse.ts";
import { UpstreamFailure } from "../upstream/failure.ts";
import type { RequestContext } from "./context.ts";
import type { ModelDeps } from "./dependencies.ts";
import { settle } from "./settle.ts";

/** Responds to an error while no response has begun; after that there is only the broken connection. */
export function respondToError(
  request: CallerRequest,
  response: CallerResponse,
  problem: unknown,
  ctx: RequestContext,
  deps: ModelDeps,
): void {
  if (ctx.delivery.clientLeft || problem instanceof ClientGone) {
    noteUnread(request, ctx);
    return;
  }
  const refusal = asAppError(problem);
  if (!(problem instanceof AppError))
    deps.log.error({ id: ctx.id, problem: String(problem) }, "a request failed on our side");
  if (ctx.admitted.caller === null || isLimitRefusal(refusal.code)) {
    noteRefused(deps.live, refusal.code);
    deps.arrivals.note(request, refusal.code, refusal.details.why);
  }
  if (problem instanceof UpstreamFailure) deps.log.debug({ id: ctx.id, problem: problem.message }, "upstream");
  if (!response.headersSent) ctx.head = { ...ctx.head, status: refusal.status };
  ctx.delivery.errorType ??= refusal.code;
  // The record is closed before the caller has the last byte, here as everywhere.
  settle(ctx, deps);
  for (const name of response.getHeaderNames()) if (!response.headersSent) response.removeHeader(name);
  refuse(request, response, refusal, "model", ctx.id);
}

/** Notes why the rest of a request did not come. Its caller left, or was refused for bytes that are no body. */
function noteUnread({ socket }: CallerRequest, ctx: RequestContext): void {
  const status = findRefusedStatus(socket);
  ctx.delivery.clientLeft = status === null;
  if (status === null) return;
  ctx.head = { ...ctx.head, status };
  ctx.delivery.errorType ??= "request.invalid";
}

const isLimitRefusal = (code: ErrorCode): boolean => code.startsWith("key.");
