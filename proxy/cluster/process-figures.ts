import { performance } from "node:perf_hooks";
import type { Metrics } from "../metrics/metrics.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import type { Figures } from "./cluster-view.ts";

/**
 * Collects the figures of this process, to be merged with those of the other workers. Short because other rooms use it,
 * and nothing else of this room.
 */
export async function collectFigures(
  { live, spool, cache }: ProxyContext,
  metrics: Metrics,
  withMetrics: boolean,
): Promise<Figures> {
  const lookUps = metrics.lookUps();
  return {
    openRequests: live.openRequests,
    requestsPerSecond: live.pace.perSecond(performance.now()),
    addedMs: [...live.pace.addedMs()],
    backlog: spool.backlog(),
    cache: cache.figures(),
    cacheHits: lookUps.hits,
    cacheLookUps: lookUps.all,
    metrics: withMetrics ? await metrics.families() : [],
  };
}
