import { invariant } from "#core/invariant.ts";
import { ClientGone } from "../body/body-budget.ts";
import type { RequestBody } from "../body/request-body.ts";
import type { CallerRequest } from "../http1/caller-side.ts";
import type { Exchange } from "../upstream/client.ts";
import { upstreamBlock } from "../upstream/headers.ts";
import { withBetas } from "./adapt.ts";
import { hasRoomFor } from "./authorize.ts";
import type { ClientDisconnect } from "./client-disconnect.ts";
import type { RequestContext } from "./context.ts";
import type { Changes } from "./context-parts.ts";
import { fellBack } from "./decide.ts";
import type { ModelDeps, ModelRoute } from "./dependencies.ts";
import { openingError } from "./opening-error.ts";

interface Forwarded {
  ctx: RequestContext;
  disconnect: ClientDisconnect;
  body: RequestBody;
  changes: Changes;
}

/**
 * Sends the body, edited where the decision asks for it. After a refusal by the served model it goes to the asked one,
 * once.
 */
export async function forward(
  request: CallerRequest,
  route: ModelRoute,
  { ctx, disconnect, body, changes }: Forwarded,
  deps: ModelDeps,
): Promise<Exchange> {
  const { choice } = ctx;
  const { caller } = ctx.admitted;
  invariant(choice !== null && caller !== null, "forward comes after authorize and choose");
  const headers = upstreamBlock(request.headers, caller.operatorKey);
  const path = route.path + route.query;
  const mayFallBack = choice.kind === "override" && choice.fallback !== "never";
  const departed = (exchange: Exchange) => {
    disconnect.take(exchange);
    ctx.delivery.exchange = exchange;
    body.keep(exchange, mayFallBack);
  };
  const adapted = withBetas(headers, changes.betas);
  const sent = { method: "POST", path, headers: adapted, body: body.edited(changes.edits) };
  ctx.trace?.send(choice.served);
  const exchange = await deps.upstream.send(sent, departed);
  ctx.trace?.answered(exchange.status);
  const refused = mayFallBack ? await openingError(exchange) : null;
  if (mayFallBack && ctx.delivery.clientLeft) throw new ClientGone();
  const reason = fallbackReason(ctx, refused ?? exchange.status);
  // A body that was evicted for others cannot be sent again: the refusal is the response.
  if (reason === null || ctx.delivery.clientLeft || body.isGone) return exchange;
  const instead = fellBack(choice, reason);
  // So it is where no budget has room for the asked model.
  const hasRoom = await hasRoomFor(ctx, instead.served);
  if (ctx.delivery.clientLeft) throw new ClientGone();
  if (!hasRoom || body.isGone) return exchange;
  exchange.discard();
  ctx.fellBack = { choice: instead, refused: choice, reason };
  ctx.trace?.send(instead.served);
  return deps.upstream.send({ method: "POST", path, headers, body: body.original() }, (again) => {
    disconnect.take(again);
    ctx.delivery.exchange = again;
    body.sentAgain(again);
  });
}

const REFUSALS = new Set([400, 403, 404, 413]);
const OVERLOADS = new Set([429, 500, 502, 503, 504, 529]);

/** Why this response of the served model is not passed on, or null when it is. */
function fallbackReason({ choice }: RequestContext, status: number): string | null {
  if (choice?.kind !== "override" || choice.fallback === "never") return null;
  const isWanted = REFUSALS.has(status) || (choice.fallback === "on-overload" && OVERLOADS.has(status));
  return isWanted ? `upstream_${status}` : null;
}
