import type { ProxyContext } from "./context.ts";
import { figuresOf } from "./figures.ts";
import { Metrics } from "./metrics.ts";
import { answerHealth } from "./routes/health.ts";
import { answerMetrics } from "./routes/metrics.ts";
import { answerStats } from "./routes/stats.ts";
import { EventStreams } from "./routes/stream.ts";
import { answerTerminal } from "./routes/terminal.ts";
import type { ShownRoutes } from "./server-parts.ts";

/** Binds the routes that show what the process knows to the one context there is. */
export function shownRoutes(context: ProxyContext): ShownRoutes {
  const metrics = new Metrics(context);
  const streams = new EventStreams(context);
  return {
    health: ({ path }, request, response) => answerHealth(context, path, request, response),
    metrics: (request, response) => answerMetrics(context, metrics, request, response),
    stats: (target, request, response) => answerStats(context, target, request, response),
    stream: (request, response) => streams.answer(request, response),
    figures: (withMetrics) => figuresOf(context, metrics, withMetrics),
    terminal: (request, socket, head) => answerTerminal(context, request, socket, head),
  };
}
