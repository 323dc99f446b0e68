import type { ProxyContext } from "../process/proxy-context.ts";
import type { MetricMaker } from "./metrics-maker.ts";

/** Adds the gauges of this process: what is in force, under way and reachable now. */
export function processGauges(context: ProxyContext, make: MetricMaker, hitRate: () => number): void {
  make.gauge("cco_cache_hit_rate", "Response-cache hits per look-up over 5 minutes; NaN without any", hitRate);
  make.gauge(
    "cco_overrides_enabled",
    "1 while overrides are on",
    () => Number(context.snapshot().ruleSet.enabled),
    "min",
  );
  make.gauge("cco_rules_version", "Number of the rules version in force", () => context.snapshot().version ?? 0, "min");
  make.gauge(
    "cco_rules_problem",
    "1 while a broken rules file is being ignored",
    () => Number(context.rulesProblem() !== null),
    "max",
  );
  make.gauge("cco_open_requests", "Requests under way", () => context.live.openRequests);
  make.gauge("cco_body_bytes_held", "Bytes of request bodies in memory", () => context.live.bodyBytesHeld);
  make.gauge("cco_open_streams", "Streams under way", () => context.live.openStreams);
  make.gauge(
    "cco_upstream_breaker_open",
    "1 while the provider cannot be connected to and requests are refused at once",
    () => Number(context.breaker.isOpen),
  );
  make.gauge("cco_ready", "1 while traffic is taken", () => Number(context.isReady()), "min");
  make.gauge("cco_cache_items", "Answers in the response cache", () => context.cache.figures().items);
  make.gauge("cco_cache_bytes", "Memory of the response cache", () => context.cache.figures().bytes);
  make.gauge(
    "cco_shared_memory_up",
    "1 while Redis answers in time; 0 also where none is configured",
    () => Number(context.shared.isUp),
    "min",
  );
  make.gauge("cco_workers", "Processes that serve this address", () => 1, "first");
  make.gauge("cco_workers_answering", "Those of them whose figures are in this answer", () => 1, "first");
  make.buildInfo({ version: context.productVersion, node: process.versions.node });
}
