import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { ProxySettings } from "#config/read-env.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import type { ClusterView, Figures } from "../cluster/cluster-view.ts";
import type { FastPathWaits } from "../http1/fast-connection.ts";
import type { KeyLimiter } from "../keys/key-limiter.ts";
import type { LedgerClient } from "../ledger/client/ledger-client.ts";
import type { EventBus } from "../process/event-bus.ts";
import type { Log } from "../process/log.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import type { RuleSource } from "../rules/active-rules.ts";
import type { SharedMemory } from "../shared-memory/shared-memory.ts";
import type { Spool } from "../spool/spool.ts";
import type { UpstreamTimeouts } from "../upstream/client.ts";
import type { Target } from "./guard.ts";

/** Routes that show what the process knows. They live apart from the path of model traffic and are handed in. */
export interface ShownRoutes {
  health(target: Target, request: IncomingMessage, response: ServerResponse): void | Promise<void>;
  metrics(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
  stats(target: Target, request: IncomingMessage, response: ServerResponse): void | Promise<void>;
  stream(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
  terminal(request: IncomingMessage, socket: Duplex, head: Buffer): void | Promise<void>;
  /** What this process says of itself to the other workers. */
  figures(withMetrics: boolean): Promise<Figures>;
}

export interface ProxyParts {
  settings: ProxySettings;
  catalogue: Catalogue;
  productVersion: string;
  instanceId: string;
  /** Of the instance, when this is one of several processes. */
  startedAtMs?: number;
  rules: Pick<RuleSource, "current" | "problem">;
  /** The rules are those of the database or of what was kept of it; true unless told otherwise. */
  areRulesKnown?(): boolean;
  ledger: LedgerClient;
  spool: Spool;
  shared: SharedMemory;
  log: Log;
  shown(context: ProxyContext): ShownRoutes;
  /** Where events are told; shared with the rules, which exist earlier. */
  eventBus: EventBus;
  /** Where keys with limits are counted; in this process alone unless told otherwise. */
  keyLimiter?: KeyLimiter;
  /** Memory for all bodies of messages together. */
  bodyBytesMax?: number;
  timeouts?: UpstreamTimeouts;
  /** Another clock than the machine's, for tests. */
  now?(): number;
  pingAfterMs?: number;
  /** How long a caller may take nothing of its answer. */
  stalledMs?: number;
  /** How long a caller may take over a head, a request, the next one. */
  callerWaits?: FastPathWaits;
  /** Requests of the first moments wait for this: it must be short. */
  warmUp?: Promise<void>;
  /** The other workers of this address. */
  crew?: ClusterView;
}
