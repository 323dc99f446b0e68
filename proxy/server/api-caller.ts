import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { ProxySettings } from "#config/read-env.ts";
import { AppError } from "#core/errors.ts";
import { callerOrigin } from "./caller-origin.ts";
import { knownPathLike } from "./model-paths.ts";
import type { Door } from "./refuse.ts";

/** Clients of the provider's API name its version with every request; pages and the console's own API never do. */
export const isProviderClient = (headers: IncomingHttpHeaders): boolean => headers["anthropic-version"] !== undefined;

/** Whether the caller is a program that expects JSON, on any path. A page would be of no use to it. */
export function expectsJson({ headers, url = "/" }: Pick<IncomingMessage, "headers" | "url">): boolean {
  if (isProviderClient(headers) || url.startsWith("/api/")) return true;
  if (headers["x-api-key"] !== undefined || headers["x-cco-key"] !== undefined) return true;
  const { accept = "", authorization = "" } = headers;
  if (accept.includes("text/html")) return false;
  const isJson = headers["content-type"]?.toLowerCase().startsWith("application/json") === true;
  return isJson || accept.includes("application/json") || /^bearer /i.test(authorization);
}

/** The shape of errors this caller reads: the contract's for the console's own API, otherwise the provider's. */
export function findDoor(request: Pick<IncomingMessage, "headers" | "url">): Door {
  const { headers, url = "/" } = request;
  if (isProviderClient(headers) || url.includes("/v1/")) return "model";
  if (url.startsWith("/api/")) return "api";
  return headers["x-api-key"] !== undefined || knownPathLike(cutQuery(url)) !== null ? "model" : "api";
}

const cutQuery = (url: string): string => url.split("?", 1)[0] ?? "";

/** The hint for a caller with a wrong path: where the right one is. */
export function wrongPath(request: IncomingMessage, settings: ProxySettings): AppError {
  const origin = callerOrigin(request, settings);
  const right = knownPathLike(cutQuery(request.url ?? "/")) ?? "/v1/messages";
  const text = `Nothing is served at this path. Set ANTHROPIC_BASE_URL (the base URL) to ${origin}: model traffic is served at ${origin}${right}.`;
  return new AppError("not-found", {}, text);
}
