import type { IncomingMessage } from "node:http";
import type { ProxySettings } from "#config/read-env.ts";
import type { Scope } from "#core/access/scopes.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import type { AppError, ErrorCode } from "#core/errors.ts";
import type { CompiledRules } from "#core/rules/compile.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";
import type { ResponseCache } from "../cache/response-cache.ts";
import type { ClusterView } from "../cluster/cluster-view.ts";
import type { LedgerClient } from "../ledger/client/ledger-client.ts";
import type { LatencyWindow } from "../metrics/latency-window.ts";
import type { SharedMemory } from "../shared-memory/shared-memory.ts";
import type { Spool } from "../spool/spool.ts";
import type { Breaker } from "../upstream/breaker.ts";
import type { ProxyEvent } from "./event-bus.ts";
import type { Log } from "./log.ts";

/** Snapshot of the rules, prices and settings in force. Immutable: a request ends with the one it began with. */
export interface Snapshot {
  /** Number of the published version; null until the database has numbered it. */
  version: number | null;
  /** Grows with every swap, also before a number is known. */
  generation: number;
  /** Pins made before this generation are decided again ("apply now"). */
  pinsValidFrom: number;
  /** The last version whose publisher wanted running sessions to follow; 0 when none is known. */
  appliedNow: number;
  compiled: CompiledRules;
  ruleSet: RuleSet;
  /** What models accept, and the list prices. */
  catalogue: Catalogue;
  /** The catalogue with own prices over it: requests are priced with it. */
  prices: Catalogue;
  /** When this snapshot came into force, epoch ms. */
  sinceMs: number;
}

/** Counters of this process since it started; plain fields, because they are touched on every request. */
export interface LiveCounters {
  requests: number;
  errors: number;
  overrides: number;
  openRequests: number;
  openStreams: number;
  bodyBytesHeld: number;
  /** Bodies kept for a fallback that were evicted for others: their requests could not have fallen back. */
  fallbacksLost: number;
  cacheHits: number;
  cacheMisses: number;
  cacheBypasses: number;
  /** Time to the first byte of the upstream's response, summed over `latencyCount` responses. */
  latencySeconds: number;
  latencyCount: number;
  /** Requests refused before a caller was known, by the code of the refusal. */
  refused: Map<ErrorCode, number>;
  pace: LatencyWindow;
}

/** A caller of the statistics. `open`: the address is this machine's own, so no proof was needed. */
export type Reader = { kind: "open" } | ProvenReader;

/**
 * A reader with proven identity, by the console's session or by an access token. An access token may have fewer
 * permissions than its person.
 */
export type ProvenReader =
  | { kind: "person"; personId: string; role: string }
  | { kind: "token"; personId: string; role: string; tokenId: string; tokenName: string; scopes: readonly Scope[] };

/** Turns of callers at the console. */
export interface CallerTurns {
  /** The session's cookie in one spelling; empty where there is none. */
  readSession(request: IncomingMessage): string;
  /** Remembers whose session this is, once the console has said so; null forgets it. */
  learn(session: string, personId: string | null): void;
  /** Forgets every session of a person, when all of them have ended. */
  forget(personId: string): void;
  /** Names the caller of a request that came from `address`. */
  identifyCaller(request: IncomingMessage, address: string): string;
  /**
   * Waits for this request's turn, and resolves at once for most requests. The function it resolves to ends the turn,
   * and may be called again. Throws `busy` where the wait is too long, and the signal's reason when that aborts first.
   */
  take(caller: string, signal: AbortSignal, waitMs?: number): Promise<() => void>;
  /**
   * Notes that a request which has a turn is still arriving. `giveUp` is called when others of the caller wait for it
   * too long. Call the result when the request has arrived.
   */
  arriving(caller: string, giveUp: (problem: AppError) => void): () => void;
  /** Whether the caller of a request has proven who they are, as far as that is known without asking. */
  isKnown(request: IncomingMessage): boolean;
}

/** Dependencies of the routes of the proxy process. Built once in `server.ts`. */
export interface ProxyContext {
  settings: ProxySettings;
  instanceId: string;
  startedAtMs: number;
  /** Start on the monotonic clock. */
  uptimeMs(): number;
  /** The product's version, from package.json. */
  productVersion: string;
  snapshot(): Snapshot;
  /**
   * One line about a rules file or published rules that could not be read; null without a problem. The last good rules
   * are served in the meantime.
   */
  rulesProblem(): string | null;
  ledger: LedgerClient;
  spool: Spool;
  /** Memory shared by the instances; empty where none is configured. */
  shared: SharedMemory;
  live: LiveCounters;
  /** The other workers of this address; null when this process serves it alone. */
  crew: ClusterView | null;
  /** Whether the provider can be connected to. */
  breaker: Pick<Breaker, "isOpen" | "opened">;
  cache: ResponseCache;
  /** Subscribes to events; returns the unsubscription. */
  onEvent(listener: (proxyEvent: ProxyEvent) => void): () => void;
  /** Who may read statistics: null = refuse with 401. Asks the console for a session, so it may take a moment. */
  findReader(request: IncomingMessage): Promise<Reader | null>;
  /** The proven identity of a caller, on any address: required for changes, which are open to no caller without proof. */
  findCaller(request: IncomingMessage): Promise<ProvenReader | null>;
  /** Turns of what asks the console. */
  turns: CallerTurns;
  /**
   * Whether the caller of a request is certainly on this machine. No other machine can reach the address, and no front
   * proxy asks.
   */
  isOpenTo(request: IncomingMessage): boolean;
  /** True when rules, keys and limits are known; false from the moment the process is asked to stop. */
  isReady(): boolean;
  isStopping(): boolean;
  /** Whether listening has ended: every response closes its connection. */
  isLeaving(): boolean;
  log: Log;
}
