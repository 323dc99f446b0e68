import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "#core/errors.ts";
import { ownValue } from "#core/own-value.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import { refuseUnknown } from "./refuse-unknown.ts";
import { requireGet, requireReader } from "./require-reader.ts";
import { sendJson } from "./send-json.ts";
import { cacheFigures, cacheView, machineView, overridesView, projectView } from "./stats-views.ts";

interface View {
  /** The search parameters it knows. */
  params: readonly string[];
  read(context: ProxyContext, query: URLSearchParams): object | Promise<object>;
}

const views: Record<string, View> = {
  "/api/overrides/stats": { params: [], read: overridesView },
  "/api/cache/stats": {
    params: [],
    read: async (context) => cacheView(context, await cacheFigures(context)),
  },
  "/api/machine/stats": { params: [], read: machineView },
  "/api/project/stats": {
    params: ["project"],
    read: (context, query) => projectView(context, query.get("project") || null),
  },
};

/** The statistics endpoints older scripts read. Served from memory, at any size of the database. */
export async function answerStats(
  context: ProxyContext,
  { path, query }: { path: string; query: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  requireGet(request);
  const view = ownValue(views, path);
  if (view === undefined) throw new AppError("not-found");
  await requireReader(context, request);
  const params = new URLSearchParams(query);
  refuseUnknown(params, view.params);
  sendJson(request, response, 200, await view.read(context, params));
}
