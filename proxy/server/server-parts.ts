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
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { UpstreamTimeouts } from "../upstream/client.ts";
import type { Target } from "./guard.ts";

/** Routes that show the state of the process. They live apart from the path of model traffic and are passed in. */
export interface ShownRoutes {
  health(target: Target, request: IncomingMessage, response: ServerResponse): void | Promise<void>;
  metrics(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
  stats(target: Target, request: IncomingMessage, response: ServerResponse): void | Promise<void>;
  stream(target: Target, request: IncomingMessage, response: ServerResponse): void | Promise<void>;
  terminal(request: IncomingMessage, socket: Duplex, head: Buffer): void | Promise<void>;
  /** Figures of this process for the other workers. */
  figures(withMetrics: boolean): Promise<Figures>;
}

export interface ProxyParts {
  settings: ProxySettings;
  catalogue: Catalogue;
  productVersion: string;
  instanceId: string;
  /** The start of the instance, when this is one of several processes. */
  startedAtMs?: number;
  rules: Pick<RuleSource, "current" | "problem">;
  /** Whether the rules are those of the database or its kept copy; true by default. */
  areRulesKnown?(): boolean;
  ledger: LedgerClient;
  spool: Spool;
  shared: SharedMemory;
  log: Log;
  /** Traces and metrics for a collector; null by default. */
  telemetry?: Telemetry | null;
  shown(context: ProxyContext): ShownRoutes;
  /** Bus that events are published on; shared with the rules, which exist earlier. */
  eventBus: EventBus;
  /** Limiter that counts keys with limits; by default in this process alone. */
  keyLimiter?: KeyLimiter;
  /** Budget for the bodies of all messages together, in bytes. */
  bodyBytesMax?: number;
  timeouts?: UpstreamTimeouts;
  /** Clock to use instead of the machine's, for tests. */
  now?(): number;
  pingAfterMs?: number;
  /** How long a caller may leave its response unread. */
  stalledMs?: number;
  /** How long a caller may take for a head, a request and the pause between two. */
  callerWaits?: FastPathWaits;
  /** Awaited by the first requests: it must be short. */
  warmUp?: Promise<void>;
  /** The other workers of this address. */
  crew?: ClusterView;
}
