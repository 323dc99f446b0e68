import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "#core/errors.ts";
import type { ProxyContext } from "../context.ts";
import { requireGet, requireReader } from "./require-reader.ts";
import { sendJson } from "./send-json.ts";
import { cacheFigures, cacheView, machineView, overridesView, projectView } from "./stats-views.ts";

type View = (context: ProxyContext, query: URLSearchParams) => object | Promise<object>;

const views: Record<string, View> = {
  "/api/overrides/stats": overridesView,
  "/api/cache/stats": async (context) => cacheView(context, await cacheFigures(context)),
  "/api/machine/stats": machineView,
  "/api/project/stats": (context, query) => projectView(context, query.get("project") || null),
};

/** The statistics endpoints older scripts read. Answered from memory, at any size of the database. */
export async function answerStats(
  context: ProxyContext,
  { path, query }: { path: string; query: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  requireGet(request);
  const view = Object.hasOwn(views, path) ? views[path] : undefined;
  if (view === undefined) throw new AppError("not-found");
  await requireReader(context, request);
  sendJson(request, response, 200, await view(context, new URLSearchParams(query)));
}
