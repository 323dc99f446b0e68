import type { IncomingMessage, ServerResponse } from "node:http";
import { openRequestsOfAll } from "../cluster/cluster-view.ts";
import { isRead } from "../ledger/stats.ts";
import type { ProxyEvent } from "../process/event-bus.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import { BEHIND_BYTES_MAX, ReaderSlots } from "./reader-slots.ts";
import { refuseUnknown } from "./refuse-unknown.ts";
import { identifyReader, OpenPermission, RECHECK_MS, requireGet, requireReader } from "./require-reader.ts";
import { textOrNull } from "./stats-views.ts";

/** Connections allowed: they hold a socket each, and a page that reconnects in a loop must not use them up. */
const LISTENERS_MAX = 200;
/** Heartbeat interval: proxies close silent connections after 30 s or more. */
const HEARTBEAT_MS = 15_000;
/** The shortest time between totals, which change with every request. */
const TOTALS_MS = 1_000;
/** Time to take the last words of a stream that CCO ends. */
const LAST_WORDS_MS = 5_000;

/** `GET /api/stream`: server-sent events, sent as they happen. One for the process. */
export class EventStreams {
  /** Open streams, each with the permission that is checked again. */
  private readonly listeners = new Map<ServerResponse, OpenPermission>();
  private readonly places = new ReaderSlots<ServerResponse>(LISTENERS_MAX, (response) =>
    this.endWith(response, "Too many streams are open. Another window or script of yours took the place of this one."),
  );
  private unsubscribe: (() => void)[] = [];
  private heartbeat: NodeJS.Timeout | null = null;
  private totalsTimer: NodeJS.Timeout | null = null;
  private recheck: NodeJS.Timeout | null = null;

  constructor(private readonly context: ProxyContext) {}

  async answer(query: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    requireGet(request);
    const reader = await requireReader(this.context, request);
    refuseUnknown(new URLSearchParams(query), []);
    // Who left meanwhile has closed already: nothing would ever take such a stream off the list.
    if (response.closed || request.socket.destroyed) return;
    this.add(request, response, identifyReader(reader, request));
  }

  private add(request: IncomingMessage, response: ServerResponse, holder: string): void {
    response.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    this.places.take(response, holder);
    if (this.listeners.size === 0) this.begin();
    this.listeners.set(response, new OpenPermission(this.context, request));
    response.on("close", () => this.remove(response));
    response.on("error", () => response.destroy());
    response.on("probe", () => response.write(": heartbeat\n\n"));
    response.write("retry: 2000\n\n");
    void this.totals().then((totals) => {
      if (totals !== null && response.writable) response.write(frame("analytics", totals));
    });
  }

  /** Subscribes and starts the timers with the first reader; without readers neither runs. */
  private begin(): void {
    this.unsubscribe = [
      this.context.onEvent((proxyEvent) => this.push(proxyEvent)),
      this.context.crew?.onEvent((proxyEvent) => this.push(proxyEvent)) ?? (() => {}),
      this.context.ledger.onStats(() => this.pushTotalsSoon()),
    ];
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.heartbeat.unref();
    this.recheck = setInterval(() => this.closeRevoked(), RECHECK_MS);
    this.recheck.unref();
  }

  private rest(): void {
    for (const stop of this.unsubscribe.splice(0)) stop();
    if (this.heartbeat !== null) clearInterval(this.heartbeat);
    if (this.recheck !== null) clearInterval(this.recheck);
    if (this.totalsTimer !== null) clearTimeout(this.totalsTimer);
    this.heartbeat = null;
    this.recheck = null;
    this.totalsTimer = null;
  }

  /** Ends the streams of readers without permission: disabled, signed out, revoked, another role. */
  private closeRevoked(): void {
    for (const [response, permission] of this.listeners)
      void permission.isValid().then((isValid) => {
        if (!isValid && this.listeners.has(response)) this.endWith(response, "Sign in again to go on.");
      });
  }

  /** Cuts a reader that does not take the last words. Off the list, nothing else would ever end its connection. */
  private endWith(response: ServerResponse, message: string): void {
    this.remove(response);
    // The connection ends with its stream: an idle one of a reader who reads nothing would stay.
    const { socket } = response;
    response.end(frame("error", { message }), () => socket?.destroySoon());
    const cut = setTimeout(() => response.destroy(), LAST_WORDS_MS);
    cut.unref();
    response.once("close", () => clearTimeout(cut));
  }

  private remove(response: ServerResponse): void {
    this.places.leave(response);
    if (this.listeners.delete(response) && this.listeners.size === 0) this.rest();
  }

  private beat(): void {
    this.send(": heartbeat\n\n");
    if (this.context.isStopping()) for (const response of this.listeners.keys()) response.end();
  }

  private push(proxyEvent: ProxyEvent): void {
    const text = formatFrame(proxyEvent);
    if (text !== null) this.send(text);
    if (proxyEvent.kind === "settled") this.pushTotalsSoon();
  }

  private pushTotalsSoon(): void {
    if (this.totalsTimer !== null || this.listeners.size === 0) return;
    this.totalsTimer = setTimeout(() => {
      this.totalsTimer = null;
      void this.totals().then((totals) => totals !== null && this.send(frame("analytics", totals)));
    }, TOTALS_MS);
    this.totalsTimer.unref();
  }

  private send(text: string): void {
    for (const response of this.listeners.keys()) {
      if (response.writableLength > BEHIND_BYTES_MAX) response.destroy();
      else response.write(text);
    }
  }

  /** Null before the database has been read. */
  private async totals() {
    const { crew, live } = this.context;
    const all = crew === null ? null : await crew.figures(false);
    const stats = this.context.ledger.stats();
    if (!isRead(stats)) return null;
    const { totals } = stats;
    const { cost, planValue, saved } = totals.money;
    return {
      total_requests: totals.requests,
      total_overrides: totals.overrides,
      overrides_enabled: this.context.snapshot().ruleSet.enabled,
      cache_hits: totals.cacheHits,
      cache_misses: totals.cacheMisses,
      errors: totals.errors,
      total_cost: textOrNull(cost),
      total_plan_value: textOrNull(planValue),
      cost_saved: textOrNull(saved),
      open_requests: all === null ? live.openRequests : openRequestsOfAll(all),
      timestamp: new Date().toISOString(),
    };
  }
}

/** Formats an event for a reader; null for one that only the totals show. */
function formatFrame(proxyEvent: ProxyEvent): string | null {
  const timestamp = () => new Date("atMs" in proxyEvent ? proxyEvent.atMs : proxyEvent.event.endedAtMs).toISOString();
  switch (proxyEvent.kind) {
    case "override":
      return frame("model_override", {
        model: proxyEvent.requested,
        override_to: proxyEvent.served,
        project: proxyEvent.project,
        timestamp: timestamp(),
      });
    case "cache":
      return frame(`cache_${proxyEvent.result}`, { cache_key: proxyEvent.cacheKey, timestamp: timestamp() });
    case "settled": {
      const { event } = proxyEvent;
      if (event.ended !== "error" && event.ended !== "truncated") return null;
      return frame("error", {
        status: event.status,
        type: event.errorType,
        ended: event.ended,
        model: event.requestedModel,
        request_id: event.id,
        timestamp: timestamp(),
      });
    }
    case "rules":
      return frame("rules", {
        version: proxyEvent.version,
        enabled: proxyEvent.enabled,
        problem: proxyEvent.problem,
        timestamp: timestamp(),
      });
  }
}

const frame = (event: string, data: object): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
