import { randomInt } from "node:crypto";
import { performance } from "node:perf_hooks";
import { LinkedList } from "#core/linked-list.ts";
import { KnownBatches } from "../batches/known-batches.ts";
import { BodyBudget } from "../body/body-budget.ts";
import { InflightRequests } from "../cache/inflight-requests.ts";
import { type CacheSettings, ResponseCache } from "../cache/response-cache.ts";
import { type KeyLimiter, LocalKeyLimiter, SharedKeyLimiter } from "../keys/key-limiter.ts";
import { OverrideTally, type SecretTable } from "../keys/known-keys.ts";
import { RefusalSampler } from "../keys/refusal-sampler.ts";
import { Spending } from "../keys/spending.ts";
import type { LedgerClient } from "../ledger/client/ledger-client.ts";
import type { LiveCounters, ProxyContext } from "../process/proxy-context.ts";
import { announceOverride } from "../request/announce-override.ts";
import type { ModelDeps } from "../request/dependencies.ts";
import type { Admission } from "../request/find-caller.ts";
import { RecordedHeaders } from "../rules/recorded-headers.ts";
import { PromptPrefixes } from "../sessions/prompt-prefixes.ts";
import { sessionPins } from "../sessions/session-pins.ts";
import type { SharedMemory } from "../shared-memory/shared-memory.ts";
import type { Breaker } from "../upstream/breaker.ts";
import type { Upstream } from "../upstream/client.ts";
import type { ArrivalLog } from "./arrivals.ts";
import type { Readers } from "./readers.ts";
import type { ProxyParts } from "./server-parts.ts";

/** What the server itself has made, and what is carried with it. */
interface ServersOwn {
  live: LiveCounters;
  breaker: Breaker;
  cache: ResponseCache;
  upstream: Upstream;
  arrivals: ArrivalLog;
  readers: Readers;
  secrets: SecretTable;
  now(): number;
  isReady(): boolean;
  isStopping(): boolean;
  isLeaving(): boolean;
}

/** Follows the rules file and the purges of every console, with or without traffic. */
export function newResponseCache(parts: ProxyParts, now: () => number): ResponseCache {
  const { ledger, shared, eventBus } = parts;
  const cache = new ResponseCache({ settings: cacheSettings(parts), shared, now });
  eventBus.on(({ kind }) => kind === "rules" && cache.obey(cacheSettings(parts)));
  ledger.onState(({ cachePurges }) => cache.applyPurges(cachePurges));
  return cache;
}

/** The rules file names the size for the whole instance: its workers share it. */
function cacheSettings({ rules, crew }: ProxyParts): CacheSettings {
  const { cache } = rules.current().ruleSet;
  return { ...cache, maxMb: cache.maxMb / (crew?.workers ?? 1) };
}

/** What every route may know of this process. */
export function newContext(parts: ProxyParts, own: ServersOwn): ProxyContext {
  const { live, breaker, cache, readers, isReady, isStopping, isLeaving } = own;
  const { settings, instanceId, productVersion, rules, ledger, spool, shared, log, eventBus } = parts;
  const startedAtMs = parts.startedAtMs ?? Date.now();
  // Another worker may have started before: from here on, only the monotonic clock counts.
  const startedTick = performance.now() - Math.max(0, Date.now() - startedAtMs);
  return {
    settings,
    instanceId,
    startedAtMs,
    uptimeMs: () => performance.now() - startedTick,
    productVersion,
    snapshot: () => rules.current(),
    rulesProblem: () => rules.problem(),
    ledger,
    spool,
    shared,
    live,
    crew: parts.crew ?? null,
    breaker,
    cache,
    onEvent: eventBus.on,
    findReader: (request) => readers.findReader(request),
    findCaller: (request) => readers.findCaller(request),
    turns: readers.turns,
    isOpenTo: (request) => readers.isOpenTo(request),
    isReady,
    isStopping,
    isLeaving,
    log,
  };
}

/** What carrying model traffic takes. */
export function newModelDeps(parts: ProxyParts, own: ServersOwn, context: ProxyContext): ModelDeps {
  const { settings, instanceId, ledger, spool, log, eventBus } = parts;
  const { live, cache, upstream, secrets, now } = own;
  const tally = new OverrideTally(ledger, live, context.crew === null);
  const { pins, sharedPins } = sessionPins({ ...parts, now });
  const announcing = { log, live, emit: eventBus.emit, overridesSoFar: () => tally.read() };
  return {
    instanceId,
    spool,
    live,
    log,
    telemetry: parts.telemetry ?? null,
    logsRequests: settings.logsRequests,
    emit: eventBus.emit,
    now,
    context,
    arrivals: own.arrivals,
    prompts: new PromptPrefixes(randomInt(2 ** 31)),
    cache,
    flights: new InflightRequests(),
    upstream,
    pins,
    batches: new KnownBatches(),
    recallPin: (ctx, model) => sharedPins.recall(ctx, model),
    budget: new BodyBudget(live, parts.bodyBytesMax),
    streams: new LinkedList(),
    keyLimiter: parts.keyLimiter ?? buildKeyLimiter(parts.shared, ledger),
    findKey: (keyHash) => secrets.find(keyHash),
    refusals: new RefusalSampler(now),
    recordedHeaders: new RecordedHeaders(ledger),
    admission: (): Admission => ({
      requireKey: settings.requireKey,
      requireForwardedKey: settings.requireForwardedKey,
      operatorKey: settings.operatorKey,
      keys: secrets.current(),
      holders: secrets.holders,
      nowMs: now(),
    }),
    announce: (ctx) => announceOverride(ctx, announcing),
  };
}

/** The gate of this process, kept up with what the database knows its keys have spent. */
export function buildKeyLimiter(
  shared: SharedMemory,
  ledger: Pick<LedgerClient, "onCommitted" | "onSpending" | "onUnrecorded">,
): KeyLimiter {
  const spending = new Spending();
  ledger.onCommitted((ids) => spending.noteCommitted(ids));
  ledger.onSpending((sums) => spending.take(sums));
  ledger.onUnrecorded((requests) => {
    for (const { counters, mode, settled } of requests) spending.note(counters, mode, settled);
  });
  const local = new LocalKeyLimiter(undefined, spending);
  return shared.state().kind === "none" ? local : new SharedKeyLimiter(shared, local);
}
