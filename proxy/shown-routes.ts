import { AppError } from "#core/errors.ts";
import type { ProxyContext } from "./context.ts";
import { Metrics } from "./metrics.ts";
import { answerHealth } from "./routes/health.ts";
import { answerMetrics } from "./routes/metrics.ts";
import { answerStats } from "./routes/stats.ts";
import type { ShownRoutes } from "./server.ts";

/** Binds the routes that show what the process knows to the one context there is. */
export function shownRoutes(context: ProxyContext): ShownRoutes {
  const metrics = new Metrics(context);
  return {
    health: ({ path }, request, response) => answerHealth(context, path, request, response),
    metrics: (request, response) => answerMetrics(context, metrics, request, response),
    stats: (target, request, response) => answerStats(context, target, request, response),
    stream: () => {
      throw new AppError("not-found");
    },
    terminal: () => {
      throw new AppError("not-found");
    },
  };
}
