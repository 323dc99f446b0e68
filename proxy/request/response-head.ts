import type { CallerResponse } from "../http1/caller-side.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import type { Exchange } from "../upstream/client.ts";
import { headerSafe } from "../upstream/headers.ts";
import type { RequestContext } from "./context.ts";
import { eachInertHeader, eachModelHeader, UNSHARED } from "./model-headers.ts";

/** Writes the head of the response: the provider's headers, and CCO's about this request. */
export function writeHead(
  response: CallerResponse,
  exchange: Exchange,
  ctx: RequestContext,
  context: ProxyContext,
): void {
  const set = (name: string, value: string | string[]) => void response.setHeader(name, value);
  response.statusCode = exchange.status;
  eachModelHeader(exchange.headers, true, set);
  ccoHeaders(ctx, set);
  if (ctx.head.isStream) {
    if (exchange.headers["cache-control"] === undefined) set("cache-control", "no-cache");
    set("x-accel-buffering", "no");
  }
  if (context.isLeaving()) set("connection", "close");
}

/** CCO's headers about a request, one by one. */
function ccoHeaders({ choice, id, lookedUp }: RequestContext, set: (name: string, value: string) => void): void {
  set("x-cco-request-id", id);
  set("x-cco-cache", lookedUp.result);
  if (choice === null) return;
  set("x-cco-served-model", headerSafe(choice.served));
  set("x-cco-override", overrideHeader(choice.kind, choice.reason));
  if (choice.ruleId !== null && choice.kind !== "pass") set("x-cco-rule", headerSafe(choice.ruleId));
}

/**
 * Adds the CCO headers to a table that has others already. It also adds those that keep the response from being a page.
 */
export function addCcoHeaders(headers: Record<string, string | string[]>, ctx: RequestContext): void {
  const set = (name: string, value: string | string[]) => {
    headers[name] = value;
  };
  headers["cache-control"] ??= UNSHARED;
  ccoHeaders(ctx, set);
  eachInertHeader(set);
}

function overrideHeader(kind: string, reason: string): string {
  if (kind === "override") return "applied";
  return kind === "pass" ? "none" : headerSafe(`${kind}:${reason}`);
}
