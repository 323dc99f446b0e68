import type { LinkedList } from "#core/linked-list.ts";
import type { KnownBatches } from "../batches/known-batches.ts";
import type { BodyBudget } from "../body/body-budget.ts";
import type { InflightRequests } from "../cache/inflight-requests.ts";
import type { ResponseCache } from "../cache/response-cache.ts";
import type { KeyLimiter } from "../keys/key-limiter.ts";
import type { RefusalSampler } from "../keys/refusal-sampler.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import type { RecordedHeaders } from "../rules/recorded-headers.ts";
import type { ArrivalLog } from "../server/arrivals.ts";
import type { Route } from "../server/paths.ts";
import type { Pins } from "../sessions/pins.ts";
import type { Upstream } from "../upstream/client.ts";
import type { RequestContext } from "./context.ts";
import type { Admission } from "./find-caller.ts";
import type { SettleDeps } from "./settle.ts";
import type { Tee } from "./tee.ts";

/** Dependencies of the handlers of model traffic. Built once. */
export interface ModelDeps extends SettleDeps, CacheDeps {
  context: ProxyContext;
  upstream: Upstream;
  pins: Pins;
  /** When batches were created, as answers have said. */
  batches: KnownBatches;
  /** Asks other instances about a session that is new here; resolves at once without other instances. */
  recallPin(ctx: RequestContext, model: string): Promise<void>;
  budget: BodyBudget;
  /** Streams in progress, for the pings of the silent ones. */
  streams: LinkedList<Tee>;
  arrivals: ArrivalLog;
  admission(): Admission;
  refusals: RefusalSampler;
  /** Headers whose values are recorded. */
  recordedHeaders: RecordedHeaders;
  keyLimiter: KeyLimiter;
  /** Looks for a proxy key that is not known here. */
  findKey(keyHash: string): Promise<void>;
  /** Whether each request leaves a line in the log. */
  logsRequests: boolean;
  /** Called when an override was applied: prints and announces it as the rules file asks. */
  announce(ctx: RequestContext): void;
}

export type ModelRoute = Extract<Route, { kind: "model" }>;

/** The cache and the requests in flight. */
export interface CacheDeps {
  cache: ResponseCache;
  flights: InflightRequests;
}
