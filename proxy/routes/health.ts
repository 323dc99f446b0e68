import type { IncomingMessage, ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import { healthOfAll } from "../cluster/cluster-view.ts";
import { isRead } from "../ledger/stats.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import { oldestSeconds } from "../spool/spool-age.ts";
import { findRefusal } from "./require-reader.ts";
import { sendJson } from "./send-json.ts";

/**
 * Health endpoints. `/livez`: the process runs. `/readyz`: it takes traffic (rules, keys and limits known, not
 * stopping); a lost database does not change that, because traffic flows without it. `/health`: the same, with the
 * fields operators' scripts know, and more for readers. From memory only; where workers share the address, the figures
 * are of all of them.
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
  const word = isReady ? "ok" : context.isStopping() ? "stopping" : "starting";
  if (path === "/readyz") return sendJson(request, response, status, { status: word });
  const fields = { status: word, ...contractFields(context) };
  if (!(await maySeeTotals(context, request))) return sendJson(request, response, status, fields);
  const left = context.ledger.leftBehind();
  const ofAll = context.crew === null ? {} : healthOfAll(await context.crew.figures(false), left, Date.now());
  sendJson(request, response, status, { ...fields, ...ownFields(context), ...ofAll });
}

async function maySeeTotals(context: ProxyContext, request: IncomingMessage): Promise<boolean> {
  // A console that cannot say who this is does not keep a script from the open fields.
  const reader = await context.findReader(request).catch(() => null);
  return reader !== null && (reader.kind === "open" || findRefusal(reader, "totals.read") === null);
}

/**
 * Fields that operators' scripts have always read; open to every caller that reaches the address, so never more than
 * this.
 */
function contractFields(context: ProxyContext) {
  const { ruleSet } = context.snapshot();
  const stats = context.ledger.stats();
  return {
    uptime: Math.floor(context.uptimeMs() / 1000),
    overrides_enabled: ruleSet.enabled,
    override_rules: ruleSet.rules.filter((rule) => rule.enabled).length,
    /** Null before the database has been read. */
    cache_hits: isRead(stats) ? stats.totals.cacheHits : null,
    cache_misses: isRead(stats) ? stats.totals.cacheMisses : null,
  };
}

/** Fields for callers who may see the totals, or for this machine where that is enough. */
function ownFields(context: ProxyContext) {
  const { version } = context.snapshot();
  const backlog = context.spool.backlog();
  const left = context.ledger.leftBehind();
  const outage = context.ledger.outage();
  const keysAsOfMs = context.ledger.keysAsOfMs();
  return {
    version: context.productVersion,
    instance: context.instanceId,
    rules_version: version,
    rules_problem: context.rulesProblem(),
    /** Null while the database takes what is recorded. Traffic flows either way. */
    ledger_problem: context.ledger.problem(),
    /** `away`: it cannot be read either, so the console and changes of keys wait. `failing`: it takes no records. */
    database: outage === null ? "ok" : outage.isAway ? "away" : "failing",
    database_since: outage === null ? null : new Date(outage.sinceMs).toISOString(),
    /** Size on its disk, as of the last minute; null while it is not known. */
    database_bytes: context.ledger.stats().databaseBytes,
    /** When the newest backup was made, by any instance or by hand; null for none. */
    last_backup_at: instantOrNull(context.ledger.stats().lastBackupMs),
    /** When the database last confirmed the keys; they hold for 24 hours from then. */
    keys_as_of: instantOrNull(keysAsOfMs),
    /** `disk`: the database was away at the start, and the kept state is served. */
    keys_from: context.ledger.isFromDisk() ? "disk" : "database",
    spool_state: backlog.state,
    spool_bytes: backlog.bytes,
    /** Records of ended processes: taken over in the background. */
    spool_left_behind_bytes: left.bytes,
    open_requests: context.live.openRequests,
    requests_per_second: context.live.pace.perSecond(performance.now()),
    added_latency_p50_ms: context.live.pace.addedP50Ms(),
    events_oldest_seconds: oldestSeconds([backlog.oldestMs, left.oldestMs], Date.now()),
    /** Records lost for good since the start, because disk and memory were full. */
    events_dropped: backlog.dropped,
    /** Records that could not be stored, and are in a .bad file of the spool. */
    events_set_aside: context.ledger.poisoned(),
    workers: 1,
    workers_answering: 1,
    /** `none`: not configured. `away`: this instance uses its own state. */
    shared_memory: context.shared.state().kind,
  };
}

const instantOrNull = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
