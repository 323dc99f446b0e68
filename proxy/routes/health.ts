import type { IncomingMessage, ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import type { ProxyContext } from "../context.ts";
import { healthOfAll } from "../workers/crew.ts";
import { sendJson } from "./send-json.ts";

/**
 * `/livez`: the process runs. `/readyz`: it takes traffic (rules loaded, not stopping); a lost database does not change
 * that, because traffic flows without it. `/health`: the same, with the fields operators' scripts know, and more for readers. From
 * memory only; where workers share the address, the figures are of all of them.
 */
export async function answerHealth(
  context: ProxyContext,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (path === "/livez") return sendJson(request, response, 200, { status: "ok" });
  const isReady = context.isReady();
  const status = isReady ? 200 : 503;
  if (path === "/readyz") return sendJson(request, response, status, { status: isReady ? "ok" : "stopping" });
  const fields = { status: isReady ? "ok" : "stopping", ...contractFields(context) };
  if ((await context.readerOf(request)) === null) return sendJson(request, response, status, fields);
  const ofAll = context.crew === null ? {} : healthOfAll(await context.crew.figures(false), Date.now());
  sendJson(request, response, status, { ...fields, ...ownFields(context), ...ofAll });
}

/** What operators' scripts have always read; open to everybody who reaches the address, so never more than this. */
function contractFields(context: ProxyContext) {
  const { ruleSet } = context.snapshot();
  const { totals } = context.ledger.stats();
  return {
    uptime: Math.floor((Date.now() - context.startedAtMs) / 1000),
    overrides_enabled: ruleSet.enabled,
    override_rules: ruleSet.rules.filter((rule) => rule.enabled).length,
    cache_hits: totals.cacheHits,
    cache_misses: totals.cacheMisses,
  };
}

/** For whoever may see the totals, or asks from this machine where that is enough. */
function ownFields(context: ProxyContext) {
  const { version } = context.snapshot();
  const backlog = context.spool.backlog();
  return {
    version: context.productVersion,
    instance: context.instanceId,
    rules_version: version,
    rules_problem: context.rulesProblem(),
    /** Null while the database takes what is recorded. Traffic flows either way. */
    ledger_problem: context.ledger.problem(),
    spool_state: backlog.state,
    spool_bytes: backlog.bytes,
    open_requests: context.live.openRequests,
    requests_per_second: context.live.pace.perSecond(performance.now()),
    added_latency_p50_ms: context.live.pace.addedP50Ms(),
    events_oldest_seconds: backlog.oldestMs === null ? null : Math.max(0, (Date.now() - backlog.oldestMs) / 1000),
    events_dropped: backlog.dropped,
    workers: 1,
    workers_answering: 1,
    /** `none`: not configured. `away`: this instance goes by its own. */
    shared_memory: context.shared.state().kind,
  };
}
