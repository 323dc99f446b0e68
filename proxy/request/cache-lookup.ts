import { createHash } from "node:crypto";
import { type CacheKey, cacheKey } from "#core/cache/cache-key.ts";
import { type NeverReason, neverStored, neverStoredByContent, type StorableEndpoint } from "#core/cache/cacheable.ts";
import { findModel } from "#core/costs/model-key.ts";
import { invariant } from "#core/invariant.ts";
import type { BodyIndex } from "#core/json-index/body-index.ts";
import { ModelRestorer, restoreModelInJson } from "#core/protocol/restore-model.ts";
import { joined } from "#core/protocol/splice.ts";
import { ClientGone } from "../body/body-budget.ts";
import type { CachedResponse } from "../cache/cached-response.ts";
import { ResponseRecorder } from "../cache/response-recorder.ts";
import type { CallerRequest, CallerResponse } from "../http1/caller-side.ts";
import { findCacheOption, isOfProject, isRepeatedByRule, scopeOfCaller } from "./cache-scope.ts";
import type { RequestContext } from "./context.ts";
import type { Changes, LookedUp } from "./context-parts.ts";
import type { CacheDeps, ModelDeps, ModelRoute } from "./dependencies.ts";
import { inertType } from "./model-headers.ts";
import { addCcoHeaders } from "./response-head.ts";
import { settle } from "./settle.ts";

const OFF: LookedUp = { result: "off", reason: null, answer: null };

interface LookupInput {
  ctx: RequestContext;
  body: Buffer;
  index: BodyIndex;
  changes: Changes;
}

/**
 * Prepares the cache look-up of a message or a token count, when its kind may be stored at all. Otherwise returns what
 * came of it, with the reason, and nothing was hashed. Runs after admission and rules, so a stored response never
 * reaches a caller they would refuse.
 */
export function newLookUp(
  { headers }: CallerRequest,
  route: ModelRoute,
  { ctx, body, index, changes }: LookupInput,
  deps: ModelDeps,
): LookUp | LookedUp {
  const { snapshot, asked, choice } = ctx;
  invariant(snapshot !== null && asked !== null && choice !== null, "the look-up comes after choose");
  if (!snapshot.ruleSet.cache.enabled) return OFF;
  const { fields } = asked;
  const endpoint = ctx.endpoint === "count_tokens" ? "count_tokens" : "messages";
  const forbidden = neverStored(endpoint, fields, index, body.length) ?? findCacheOption(headers);
  if (forbidden !== null && forbidden !== "refresh") return bypass(forbidden, deps);
  const served = findModel(snapshot.catalogue, choice.served);
  const isOptedIn = isRepeatedByRule(ctx, snapshot.ruleSet);
  const byContent = neverStoredByContent({ endpoint, fields, index, bytes: body, served, isOptedIn });
  if (byContent !== null) return bypass(byContent, deps);
  const scope = scopeOfCaller(ctx, snapshot.ruleSet.cache);
  if (scope === null) return bypass("no-credential", deps);
  const key = cacheKey(
    {
      scope,
      method: "POST",
      path: route.path,
      query: route.query,
      servedModel: choice.served,
      headers: changes.betas === null ? headers : { ...headers, "anthropic-beta": changes.betas },
      isStream: fields.isStream,
      body: { bytes: body, index, edits: changes.edits },
    },
    sha256,
  );
  const isRefresh = forbidden === "refresh";
  return new LookUp({ ctx, key, endpoint, servedModel: choice.served, isShared: isOfProject(scope), isRefresh }, deps);
}

/** Prepares the look-up of the provider's list of models, or one of them. */
export function newModelsLookUp(
  request: CallerRequest,
  route: ModelRoute,
  ctx: RequestContext,
  deps: ModelDeps,
): LookUp | LookedUp {
  const { snapshot } = ctx;
  const { headers, method } = request;
  if (snapshot?.ruleSet.cache.enabled !== true) return OFF;
  const forbidden = method === "GET" ? findCacheOption(headers) : "endpoint";
  if (forbidden !== null && forbidden !== "refresh") return bypass(forbidden, deps);
  const scope = scopeOfCaller(ctx, snapshot.ruleSet.cache);
  if (scope === null) return bypass("no-credential", deps);
  const { path, query } = route;
  const place = { scope, method: "GET", path, query, servedModel: "", headers, isStream: false, body: null };
  const isRefresh = forbidden === "refresh";
  const asked = { ctx, key: cacheKey(place, sha256), endpoint: "models" as const, servedModel: "" };
  return new LookUp({ ...asked, isShared: isOfProject(scope), isRefresh }, deps);
}

interface LookupKey {
  ctx: RequestContext;
  key: CacheKey;
  endpoint: StorableEndpoint;
  servedModel: string;
  /** The response belongs to a project, not to a person. */
  isShared: boolean;
  /** The caller wants a new response, and the cache may store it. */
  isRefresh: boolean;
}

/** One request that may be served from the cache, or whose response may be stored. */
export class LookUp {
  private readonly asked: LookupKey;
  private readonly deps: ModelDeps;

  constructor(asked: LookupKey, deps: ModelDeps) {
    this.asked = asked;
    this.deps = deps;
  }

  /** Finds the stored response; without one has the response recorded on its way. */
  async find(): Promise<LookedUp> {
    const { ctx, isRefresh, key } = this.asked;
    const { cache, emit, now } = this.deps;
    if (isRefresh) {
      this.record(false);
      return bypass("refresh", this.deps);
    }
    const answer = cache.find(key) ?? (await this.findElsewhere());
    if (ctx.delivery.clientLeft) throw new ClientGone();
    const result = answer === null ? "miss" : "hit";
    emit({ kind: "cache", result, cacheKey: key, atMs: now() });
    if (answer === null) cache.noteMiss();
    else cache.noteHit(answer);
    return { result, reason: null, answer };
  }

  /**
   * Finds the response of another request in flight, or of another instance. If none is found, the response is recorded
   * from here on.
   */
  private async findElsewhere(): Promise<CachedResponse | null> {
    const { key, endpoint, servedModel } = this.asked;
    const { cache, flights } = this.deps;
    const isForOthers = endpoint !== "messages";
    const inflight = isForOthers ? flights.find(key) : null;
    if (inflight !== null) {
      const answer = await inflight.settled;
      if (answer === null) this.record(false);
      return answer;
    }
    const recorder = this.record(isForOthers);
    const found = await cache.findShared(key, { personId: this.personId, servedModel });
    if (found !== null) recorder.hand(found);
    return found;
  }

  private record(isForOthers: boolean): ResponseRecorder {
    const { ctx, key, endpoint, servedModel } = this.asked;
    const { cache, flights, now } = this.deps;
    const place = { personId: this.personId, servedModel };
    const inflight = isForOthers ? flights.begin(key) : null;
    const recorder = new ResponseRecorder(ctx, { key, endpoint, place, cache, inflight, now });
    ctx.recorder = recorder;
    return recorder;
  }

  private get personId(): string | null {
    return this.asked.isShared ? null : (this.asked.ctx.admitted.caller?.personId ?? null);
  }
}

/**
 * Sends the stored response in one piece, with the model name its caller asked for. The request is recorded before the
 * last byte leaves.
 */
export function replay(response: CallerResponse, ctx: RequestContext, answer: CachedResponse, deps: ModelDeps): void {
  const { context, now } = deps;
  const body = bodyFor(ctx, answer);
  const headers: Record<string, string | string[]> = {
    "content-type": inertType(answer.contentType),
    "content-length": String(body.length),
    age: String(Math.max(0, Math.floor((now() - answer.storedAtMs) / 1000))),
  };
  addCcoHeaders(headers, ctx);
  if (answer.requestId !== null) headers["x-cco-cached-request-id"] = answer.requestId;
  if (answer.isStream) {
    headers["cache-control"] = "no-cache";
    headers["x-accel-buffering"] = "no";
  }
  if (context.isLeaving()) headers.connection = "close";
  ctx.head = { status: 200, isStream: answer.isStream, upstreamRequestId: null, ttfbMs: null };
  ctx.delivery.meter = answer.meter;
  ctx.delivery.isComplete = true;
  ctx.delivery.responseBytes = body.length;
  settle(ctx, deps);
  response.writeHead(200, headers);
  response.end(body);
}

function bodyFor({ choice }: RequestContext, { body, isStream }: CachedResponse): Uint8Array {
  if (choice === null || choice.served === choice.requested) return body;
  if (!isStream) return joined(restoreModelInJson(body, choice.requested));
  const restorer = new ModelRestorer(choice.requested);
  return joined([...restorer.push(body), ...restorer.end()]);
}

function bypass(reason: NeverReason, { cache }: CacheDeps): LookedUp {
  cache.noteBypass(reason);
  return { result: "bypass", reason, answer: null };
}

function sha256(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
