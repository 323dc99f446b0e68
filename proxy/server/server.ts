// Long because everything that belongs to one address (listening, guarding, routing, stopping) is wired here and nowhere
// else.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { AppError } from "#core/errors.ts";
import { BODY_BYTES_MAX } from "../body/body-budget.ts";
import { CacheReporter } from "../cache/cache-reporter.ts";
import type { ResponseCache } from "../cache/response-cache.ts";
import type { Figures } from "../cluster/cluster-view.ts";
import { KEEP_ALIVE_MS } from "../http1/caller-side.ts";
import type { FastPathWaits } from "../http1/fast-connection.ts";
import { FastPath, type ServePlain } from "../http1/fast-path.ts";
import { watchHalfClose } from "../http1/half-close.ts";
import { Turns } from "../http1/turns.ts";
import { IgnoredUpgrades, isWebSocket } from "../http1/upgrades.ts";
import { SecretTable } from "../keys/known-keys.ts";
import { newCounters, noteRefused } from "../metrics/live-counters.ts";
import type { LiveCounters, ProxyContext } from "../process/proxy-context.ts";
import type { ModelDeps, ModelRoute } from "../request/dependencies.ts";
import { newId } from "../request/event-id.ts";
import { handleMessages } from "../request/handle-messages.ts";
import { handleModels, handlePass } from "../request/handle-other.ts";
import { handleConsole } from "../routes/console.ts";
import { BREAKER_DEFAULTS, Breaker } from "../upstream/breaker.ts";
import { Carrier } from "../upstream/carrier.ts";
import { UPSTREAM_TIMEOUTS, Upstream } from "../upstream/client.ts";
import { findDoor, isProviderClient } from "./api-caller.ts";
import { ArrivalLog, isApiCaller } from "./arrivals.ts";
import { answerClientError, isClosing } from "./client-error.ts";
import { ConnectionCap } from "./connection-cap.ts";
import { containThrows } from "./contain-throws.ts";
import { guardAgainstPages, guardOrigin, guardRequest, type Target } from "./guard.ts";
import { HostList, isProbeByAddress } from "./hosts.ts";
import { createHttpServer, stopListening } from "./http-server.ts";
import { newContext, newModelDeps, newResponseCache } from "./model-deps.ts";
import { findRoute } from "./paths.ts";
import { plainRoutes } from "./plain-route.ts";
import { Readers } from "./readers.ts";
import { asAppError, refuse, refuseUpgrade } from "./refuse.ts";
import type { ProxyParts, ShownRoutes } from "./server-parts.ts";

const CALLER_WAITS: FastPathWaits = { headMs: 10_000, requestMs: 120_000, keepAliveMs: KEEP_ALIVE_MS };
/**
 * Ping interval and check interval, together below 15 s. That is the shortest silence after which front proxies and
 * clients give up a stream.
 */
const PING_SWEEP_MS = 2_500;
const PING_AFTER_MS = 12_000;
/** As long as clients tolerate silence themselves. */
const STALLED_MS = 300_000;
const CONSOLE_TIMEOUT_MS = 120_000;

const NO_WEBSOCKET =
  "No WebSocket is served at this path. The console's terminal has one at /terminal; model traffic is asked for by HTTP, at /v1/messages.";

/** The proxy, wired and ready to listen, but not listening: tests need no port. */
export class ProxyServer {
  readonly http: Server;
  private readonly fastPath: FastPath;
  private readonly turns = new Turns();
  private readonly ignoredUpgrades: IgnoredUpgrades;
  readonly context: ProxyContext;
  readonly live: LiveCounters = newCounters();
  private readonly parts: ProxyParts;
  private readonly deps: ModelDeps;
  private readonly readers: Readers;
  private readonly breaker: Breaker;
  private readonly cache: ResponseCache;
  private readonly cacheReporter: CacheReporter;
  private readonly arrivals: ArrivalLog;
  private readonly now: () => number;
  private readonly upstream: Upstream;
  private readonly modelCarrier: Carrier;
  private readonly consoleCarrier: Carrier | null;
  private readonly shown: ShownRoutes;
  private readonly sweep: NodeJS.Timeout;
  private hosts: HostList;
  private warmUp: Promise<void> | null;
  private isStopping = false;
  private isLeaving = false;

  /** Long because it wires all parts, in the order in which they need each other. */
  constructor(parts: ProxyParts) {
    this.parts = parts;
    const { settings } = parts;
    const timeouts = parts.timeouts ?? UPSTREAM_TIMEOUTS;
    const secrets = new SecretTable(parts.ledger);
    this.readers = new Readers(settings, secrets);
    this.breaker = new Breaker({ ...BREAKER_DEFAULTS, changed: (isOpen) => this.sayReachable(!isOpen) });
    this.upstream = new Upstream(settings.upstreamUrl, timeouts, this.breaker);
    this.modelCarrier = new Carrier(settings.upstreamUrl, {
      changeOrigin: true,
      timeoutMs: timeouts.firstByteMs,
      connectMs: timeouts.connectMs,
      breaker: this.breaker,
      onThrow: this.onThrow,
    });
    this.now = parts.now ?? Date.now;
    this.arrivals = new ArrivalLog(parts.ledger, settings.trustedProxies, this.now);
    this.cache = newResponseCache(parts, this.now);
    this.consoleCarrier =
      settings.consoleUrl === null
        ? null
        : new Carrier(settings.consoleUrl, {
            changeOrigin: false,
            timeoutMs: CONSOLE_TIMEOUT_MS,
            outlivesCaller: true,
            connectMs: timeouts.connectMs,
            onThrow: this.onThrow,
          });
    this.hosts = new HostList(settings, settings.port);
    this.warmUp = parts.warmUp ?? null;
    void this.warmUp?.then(() => {
      this.warmUp = null;
    });
    const { live, breaker, cache, upstream, arrivals, now } = this;
    const isStopping = () => this.isStopping;
    const isLeaving = () => this.isLeaving;
    const own = {
      live,
      arrivals,
      breaker,
      cache,
      upstream,
      now,
      readers: this.readers,
      secrets,
      isStopping,
      isLeaving,
      isReady: () => this.isReady(),
    };
    this.context = newContext(parts, own);
    this.shown = parts.shown(this.context);
    this.deps = newModelDeps(parts, own, this.context);
    const waits = parts.callerWaits ?? CALLER_WAITS;
    this.http = this.newHttpServer(waits);
    // Registered before the fast path: a connection is the server's until the fast path takes it.
    new ConnectionCap(settings.trustedProxies).watch(this.http);
    this.fastPath = new FastPath(this.http, this.servePlain, waits);
    this.ignoredUpgrades = new IgnoredUpgrades(this.fastPath.parse, this.turns);
    this.cacheReporter = new CacheReporter(this.cache, parts.shared, parts.ledger);
    const pingAfterMs = parts.pingAfterMs ?? PING_AFTER_MS;
    const { stalledMs = STALLED_MS } = parts;
    const everyMs = Math.min(PING_SWEEP_MS, pingAfterMs / 4);
    this.sweep = setInterval(() => this.lookAtStreams(pingAfterMs, stalledMs), everyMs);
    this.sweep.unref();
  }

  /** Whether rules, keys and limits are known and no stop was requested. */
  private isReady(): boolean {
    const { ledger, areRulesKnown } = this.parts;
    return !this.isStopping && ledger.areKeysKnown() && (areRulesKnown?.() ?? true);
  }

  /** Sets the port, known once the socket listens: from then on the Host must name it. */
  listening(port: number): void {
    this.hosts = new HostList(this.parts.settings, port);
  }

  /** Reports not ready from now on; requests are served as before, on connections that stay. */
  beginStopping(): void {
    this.isStopping = true;
  }

  /** Stops accepting connections; existing ones stay open. */
  stopListening(): Promise<void> {
    return stopListening(this.http);
  }

  /** From now on every response closes its connection; requests are still served. */
  sayGoodbye(): void {
    this.isLeaving = true;
  }

  closeIdleConnections(): void {
    this.http.closeIdleConnections();
    this.fastPath.closeIdle();
  }

  figures(withMetrics: boolean): Promise<Figures> {
    return this.shown.figures(withMetrics);
  }

  async close(): Promise<void> {
    clearInterval(this.sweep);
    this.fastPath.close();
    this.cacheReporter.stop();
    this.arrivals.stop();
    this.http.closeAllConnections();
    this.upstream.close();
    this.parts.shared.close();
  }

  private newHttpServer(waits: FastPathWaits): Server {
    const server = createHttpServer(waits);
    const onRequest = (request: IncomingMessage, response: ServerResponse) => {
      const end = (problem: unknown) => this.endRequest(problem, response);
      containThrows(request, end);
      containThrows(response, end);
      this.onRequest(request, response).catch(end);
    };
    server.on("request", onRequest);
    // The caller keeps its body until it is asked for. A refusal comes instead of that, and Node then ends the connection.
    server.on("checkContinue", (request, response) => {
      request.once("resume", () => {
        if (!response.headersSent) response.writeContinue();
      });
      onRequest(request, response);
    });
    // Node would refuse these itself, and keep the connection.
    server.on("checkExpectation", onRequest);
    server.on("upgrade", (request, socket, head) => {
      this.onUpgrade(request, socket as Socket, head).catch((problem: unknown) => this.endRequest(problem, socket));
    });
    server.on("clientError", (problem, socket) => {
      this.onClientError(problem, socket as Socket).catch((thrown: unknown) => this.endRequest(thrown, socket));
    });
    return server;
  }

  /** Serves plain messages and token counts on the fast path; the full path refuses or serves the rest. */
  private readonly servePlain: ServePlain = ({ head, bodyBytes }, socket, open) => {
    const { headers } = head;
    const route = plainRoutes.of(head);
    if (route === null || this.isLeaving || bodyBytes > BODY_BYTES_MAX || !this.hosts.allows({ headers, socket }))
      return false;
    const { request, response } = open();
    handleMessages(request, response, route, this.deps).catch((problem: unknown) => this.endRequest(problem, response));
    return true;
  };

  /** Ends the request and connection whose error no step has caught. The process and all other requests go on. */
  private endRequest(problem: unknown, response: { destroy(): unknown }): void {
    this.onThrow(problem);
    response.destroy();
  }

  private readonly onThrow = (problem: unknown): void => {
    const stack = problem instanceof Error ? problem.stack : undefined;
    this.parts.log.error({ problem: String(problem), stack }, "a request failed on our side");
  };

  private async onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on("error", () => {}); // the reader of the body sees the error; a reset must not end the process
    const { socket } = request;
    const turn = this.turns.enter(socket, response);
    if (turn !== null) await turn;
    // Behind the last response of its connection, such as a refusal: the provider's work would reach no caller.
    if (isClosing(socket) || !socket.writable) return void request.resume();
    if (this.isLeaving) response.shouldKeepAlive = false;
    watchHalfClose(request, response);
    try {
      const target = guardRequest(request);
      if (!isProbeByAddress(request, target.path)) this.hosts.guard(request);
      await this.dispatch(target, request, response);
    } catch (problem) {
      if (!(problem instanceof AppError))
        this.parts.log.error({ problem: String(problem) }, "a request failed on our side");
      const refusal = asAppError(problem);
      noteRefused(this.live, refusal.code);
      if (isApiCaller(request.headers)) this.arrivals.note(request, refusal.code);
      refuse(request, response, refusal, findDoor(request), newId("evt", Date.now()));
    }
  }

  private dispatch(target: Target, request: IncomingMessage, response: ServerResponse): void | Promise<void> {
    const route = findRoute(target, request.method ?? "", isProviderClient(request.headers));
    switch (route.kind) {
      case "model":
        return this.carryModel(route, request, response);
      case "probe":
        response.writeHead(200, { "content-length": 0, "cache-control": "no-store" });
        response.end();
        return;
      case "health":
        return this.shown.health(target, request, response);
      case "metrics":
        return this.shown.metrics(request, response);
      case "stats":
        return this.shown.stats(target, request, response);
      case "stream":
        return this.shown.stream(target, request, response);
      case "console":
        if (isApiCaller(request.headers)) this.arrivals.note(request, "not-found");
        return handleConsole(request, response, this.consoleCarrier, this.context);
    }
  }

  private carryModel(route: ModelRoute, request: IncomingMessage, response: ServerResponse): void | Promise<void> {
    guardAgainstPages(request);
    switch (route.endpoint) {
      case "messages":
      case "count_tokens":
        if (this.warmUp !== null) return this.warmUp.then(() => handleMessages(request, response, route, this.deps));
        return handleMessages(request, response, route, this.deps);
      case "models":
        return handleModels(request, response, route, this.deps);
      default:
        return handlePass(request, response, route, this.modelCarrier, this.deps);
    }
  }

  /** Reports bytes that cannot be parsed behind a whole request after its response, not in the middle of it. */
  private async onClientError(problem: NodeJS.ErrnoException, socket: Socket): Promise<void> {
    if (this.turns.current(socket)?.req.complete === true && socket.writable) await this.turns.next(socket);
    answerClientError(problem, socket);
  }

  /** Accepts WebSocket for the terminal only; nothing is ever upgraded towards the console or the provider. */
  private async onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    if (!isWebSocket(request)) {
      await this.ignoredUpgrades.passOver(request, socket, head).catch(() => void socket.destroy());
      return;
    }
    socket.on("error", () => socket.destroy());
    await this.turns.idle(socket);
    if (isClosing(socket) || !socket.writable) return void socket.resume().end();
    try {
      const { path } = guardRequest(request);
      this.hosts.guard(request);
      guardOrigin(request);
      if (path !== "/terminal") throw new AppError("not-found", {}, NO_WEBSOCKET);
      await this.shown.terminal(request, socket, head);
    } catch (problem) {
      const refusal = asAppError(problem);
      noteRefused(this.live, refusal.code);
      refuseUpgrade(socket, refusal, findDoor(request), newId("evt", Date.now()));
    }
  }

  private sayReachable(isReachable: boolean): void {
    const { log } = this.parts;
    if (isReachable) log.info({}, "the model provider can be reached again");
    else log.error({}, "the model provider cannot be reached: requests are refused at once until it can be");
  }

  private lookAtStreams(pingAfterMs: number, stalledMs: number): void {
    const now = performance.now();
    for (const stream of this.deps.streams) {
      stream.pingIfSilent(now, pingAfterMs);
      stream.cutIfStalled(now, stalledMs);
    }
  }
}
