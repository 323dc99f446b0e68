import type { LinkedList } from "#core/linked-list.ts";
import type { BodyBudget } from "../body/body-budget.ts";
import type { InflightRequests } from "../cache/inflight-requests.ts";
import type { ResponseCache } from "../cache/response-cache.ts";
import type { KeyLimiter } from "../keys/key-limiter.ts";
import type { RefusalSampler } from "../keys/refusal-sampler.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import type { ArrivalLog } from "../server/arrivals.ts";
import type { Route } from "../server/paths.ts";
import type { Pins } from "../sessions/pins.ts";
import type { Upstream } from "../upstream/client.ts";
import type { RequestContext } from "./context.ts";
import type { Admission } from "./find-caller.ts";
import type { SettleDeps } from "./settle.ts";
import type { Tee } from "./tee.ts";

/** What carrying model traffic takes. Built once. */
export interface ModelDeps extends SettleDeps, CacheDeps {
  context: ProxyContext;
  upstream: Upstream;
  pins: Pins;
  /** Asks other instances about a session that is new here; resolves at once when there is no one to ask. */
  recallPin(ctx: RequestContext, model: string): Promise<void>;
  budget: BodyBudget;
  /** Streams under way, for the pings of the silent ones. */
  streams: LinkedList<Tee>;
  arrivals: ArrivalLog;
  admission(): Admission;
  refusals: RefusalSampler;
  keyLimiter: KeyLimiter;
  /** Looks for a proxy key that is not known here. */
  findKey(keyHash: string): Promise<void>;
  /** An override was applied: printed and told as the rules file wishes. */
  announce(ctx: RequestContext): void;
}

export type ModelRoute = Extract<Route, { kind: "model" }>;

/** The cache and the questions under way. */
export interface CacheDeps {
  cache: ResponseCache;
  flights: InflightRequests;
}
