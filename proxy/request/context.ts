import type { IncomingHttpHeaders } from "node:http";
import { performance } from "node:perf_hooks";
import { holdsAnySecret } from "#core/access/own-secrets.ts";
import type { Endpoint } from "#core/activity/request-event.ts";
import { reasonBeforeLookup } from "#core/cache/cacheable.ts";
import { ownValue } from "#core/own-value.ts";
import { recordableId } from "#core/protocol/caller-id.ts";
import type { RequestBody } from "../body/request-body.ts";
import type { CallerRequest } from "../http1/caller-side.ts";
import { PerHead } from "../http1/per-head.ts";
import type { Snapshot } from "../process/proxy-context.ts";
import type { RequestTrace } from "../telemetry/telemetry.ts";
import {
  type Adapted,
  type Admitted,
  type Asked,
  type Choice,
  type Conversation,
  type Decided,
  type Delivery,
  type FellBack,
  type Head,
  type LookedUp,
  NO_HEAD,
  NOT_ADMITTED,
  newDelivery,
  type Settled,
} from "./context-parts.ts";
import { newId } from "./event-id.ts";

/**
 * Collects the response for the cache while it passes. Exactly one of `whole` and `torn` ends it, and more calls do
 * nothing.
 */
interface ResponseRecorder {
  push(bytes: Uint8Array): void;
  whole(contentType: string): void;
  torn(): void;
}

/**
 * The context of one request in progress. It holds what the request's head says, and a part for each step, in the order
 * of the steps. A step replaces its part whole and writes to no other. Only `delivery` is written to while bytes pass.
 */
export class RequestContext {
  readonly id: string;
  readonly startedAtMs: number;
  private readonly startedTick = performance.now();

  readonly endpoint: Endpoint;
  /** The path as it arrived, without its query. */
  readonly path: string;
  private readonly headers: IncomingHttpHeaders;
  readonly sessionHeader: string | null;
  readonly agentId: string | null;
  readonly parentAgentId: string | null;
  readonly clientName: string | null;
  readonly clientVersion: string | null;
  /** Null where telemetry is off, or this request is not sampled. */
  readonly trace: RequestTrace | null;

  /** Set by the frame before the first step. */
  snapshot: Snapshot | null = null;
  admitted: Admitted = NOT_ADMITTED;
  /** Set before its first byte is read, and released by the frame, however the request ends. */
  body: RequestBody | null = null;
  /** Null: no body was read. */
  asked: Asked | null = null;
  /** Null when the conversation was not counted. */
  conversation: Conversation | null = null;
  decided: Decided | null = null;
  adapted: Adapted | null = null;
  lookedUp: LookedUp;
  /**
   * Collects the response when it may be stored. Set by the look-up before it waits for others; ended by the frame, however the
   * request ends.
   */
  recorder: ResponseRecorder | null = null;
  /** Null: the response of the served model stands. */
  fellBack: FellBack | null = null;
  head: Head = NO_HEAD;
  readonly delivery: Delivery = newDelivery();
  /** Null until the record is closed. */
  settled: Settled | null = null;

  constructor(request: CallerRequest, endpoint: Endpoint, nowMs: number, trace: RequestTrace | null) {
    const { headers, url = "/" } = request;
    const queryAt = url.indexOf("?");
    this.path = queryAt === -1 ? url : url.slice(0, queryAt);
    this.headers = headers;
    this.id = newId("evt", nowMs);
    this.startedAtMs = nowMs;
    this.endpoint = endpoint;
    this.trace = trace;
    this.lookedUp = { result: "bypass", reason: reasonBeforeLookup(endpoint), answer: null };
    const client = clients.of(headers);
    this.sessionHeader = client.sessionId;
    this.agentId = client.agentId;
    this.parentAgentId = client.parentAgentId;
    this.clientName = client.name;
    this.clientVersion = client.version;
  }

  /** Start on the monotonic clock: a jump of the wall clock cannot make a duration negative. */
  elapsedMs(): number {
    return Math.round(performance.now() - this.startedTick);
  }

  /** Reads a header that a rule asks about. Which ones it may, the rules file decides: none with a credential. */
  header(name: string): string | null {
    const value = ownValue(this.headers, name);
    return typeof value === "string" ? value : (value?.join(", ") ?? null);
  }

  /** The choice in force: each step leaves it as it is or sends the request back to the asked model. Null before `choose`. */
  get choice(): Choice | null {
    return (this.fellBack ?? this.adapted ?? this.decided)?.choice ?? null;
  }

  get sessionId(): string | null {
    return this.sessionHeader ?? this.asked?.fields.sessionId ?? null;
  }

  /** Names the agent among those of all sessions; null: the session is not known. */
  get agentKey(): string | null {
    const { sessionId, sessionHeader, agentId } = this;
    if (sessionId === null || agentId === null) return sessionId;
    return sessionHeader === null ? toAgentKey(sessionId, agentId) : clients.of(this.headers).agentKey;
  }
}

const toAgentKey = (sessionId: string, agentId: string): string => `${sessionId}/${agentId}`;

const PRODUCT = /^([A-Za-z0-9][\w@.+-]{0,39})(?:\/([\w.+-]{1,24}))?/;

/** The client's name and version as it states them. */
const clients = new PerHead((headers) => {
  const [name, version] = parseClient(headers["user-agent"]);
  const sessionId = recordableId(headers["x-claude-code-session-id"]);
  const agentId = recordableId(headers["x-claude-code-agent-id"]);
  return {
    sessionId,
    agentId,
    agentKey: sessionId === null || agentId === null ? null : toAgentKey(sessionId, agentId),
    parentAgentId: recordableId(headers["x-claude-code-parent-agent-id"]),
    name,
    version,
  };
});

/** Parses the first product of a user agent: `claude-cli/2.1.330 (external, cli)` is claude-cli, 2.1.330. */
function parseClient(agent: string | undefined): [string | null, string | null] {
  const found = agent === undefined || holdsAnySecret(agent) ? null : PRODUCT.exec(agent);
  return [found?.[1] ?? null, found?.[2] ?? null];
}
