import { collectFigures } from "../cluster/process-figures.ts";
import { Metrics } from "../metrics/metrics.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import type { ShownRoutes } from "../server/server-parts.ts";
import { answerHealth } from "./health.ts";
import { answerMetrics } from "./metrics.ts";
import { answerStats } from "./stats.ts";
import { EventStreams } from "./stream.ts";
import { answerTerminal } from "./terminal.ts";

/** Binds the routes that show the state of the process to its one context. */
export function shownRoutes(context: ProxyContext): ShownRoutes {
  const metrics = new Metrics(context);
  const streams = new EventStreams(context);
  return {
    health: ({ path }, request, response) => answerHealth(context, path, request, response),
    metrics: (request, response) => answerMetrics(context, metrics, request, response),
    stats: (target, request, response) => answerStats(context, target, request, response),
    stream: ({ query }, request, response) => streams.answer(query, request, response),
    figures: (withMetrics) => collectFigures(context, metrics, withMetrics),
    terminal: (request, socket, head) => answerTerminal(context, request, socket, head),
  };
}
