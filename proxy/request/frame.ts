import type { CallerRequest, CallerResponse } from "../http1/caller-side.ts";
import type { TracedRequest } from "../telemetry/telemetry.ts";
import { ClientDisconnect } from "./client-disconnect.ts";
import { RequestContext } from "./context.ts";
import type { ModelDeps, ModelRoute } from "./dependencies.ts";
import { logRequest } from "./log-request.ts";
import { respondToError } from "./respond-to-error.ts";
import { settle } from "./settle.ts";

/** The steps of one request, in the order of their lines. The frame responds to what they throw. */
type Steps = (ctx: RequestContext, disconnect: ClientDisconnect) => Promise<void>;

/**
 * Carries one request of model traffic through its steps. It counts the request while it is open, watches for the
 * caller leaving, and responds to what its steps throw. Afterwards, however the request ended, it settles it once and
 * releases what it held. Never rejects.
 */
export async function withRequest(
  { request, response, route }: { request: CallerRequest; response: CallerResponse; route: ModelRoute },
  deps: ModelDeps,
  steps: Steps,
): Promise<void> {
  const nowMs = deps.now();
  const trace = deps.telemetry === null ? null : deps.telemetry.trace(request, nowMs);
  const ctx = new RequestContext(request, route.endpoint, nowMs, trace);
  const disconnect = new ClientDisconnect(ctx, response);
  // Before a step sets those that go on to the provider.
  const { method, url, headers, socket } = request;
  deps.live.openRequests++;
  try {
    ctx.snapshot = deps.context.snapshot();
    await steps(ctx, disconnect);
  } catch (problem) {
    respondToError(request, response, problem, ctx, deps);
  } finally {
    ctx.recorder?.torn();
    ctx.body?.release();
    deps.live.openRequests--;
    settle(ctx, deps);
    ctx.admitted.pass?.leave();
    if (ctx.head.status === 401 && ctx.admitted.caller?.holder === null)
      deps.arrivals.noteByProvider({ method, url, headers, socket });
    const traceId = ctx.trace === null ? null : ctx.trace.end(toTraced(ctx));
    if (deps.logsRequests) logRequest(request, ctx, traceId, deps.log);
  }
}

const toTraced = ({ id, endpoint, head, delivery, asked, settled }: RequestContext): TracedRequest => ({
  id,
  endpoint,
  status: head.status,
  errorType: delivery.errorType,
  isStream: head.isStream,
  requestedModel: asked?.requestedModel ?? null,
  event: settled?.event ?? null,
});
