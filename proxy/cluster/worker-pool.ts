// Long because each message of a worker is handled in the one place that knows all workers.

import cluster from "node:cluster";
import { joinedReports, readCacheReport } from "#core/cache/cache-report.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { KeptPin } from "#core/rules/pin.ts";
import { ENTRIES_SHOWN } from "../cache/cache-reporter.ts";
import type { KeyLimiter } from "../keys/key-limiter.ts";
import type { LedgerThread } from "../ledger/client/ledger-thread.ts";
import type { LedgerEvent } from "../ledger/messages.ts";
import { type MetricFamily, sumCounts } from "../metrics/metrics-of-all.ts";
import type { Log } from "../process/log.ts";
import type { ServedRules } from "../rules/active-rules.ts";
import type { ListeningHandle } from "../server/listen.ts";
import type { ClusterFigures } from "./cluster-view.ts";
import { KeyLimiterServer } from "./key-limiter-server.ts";
import type { PrimaryToWorker, WorkerQuery, WorkerToPrimary } from "./messages.ts";
import { RestartPolicy } from "./restart-policy.ts";
import { WelcomeState } from "./welcome-state.ts";
import { WorkerHandle } from "./worker-handle.ts";

/** How often the workers' counters are collected, so that little is lost with one that is killed. */
const COUNTS_EVERY_MS = 5_000;

type Held = Extract<WorkerToPrimary, { kind: "held" }>;

interface WorkerPoolOptions {
  count: number;
  instanceId: string;
  startedAtMs: number;
  rules(): ServedRules;
  ledger: LedgerThread;
  /** Limiter that counts the keys of all workers. */
  keyLimiter: KeyLimiter;
  log: Log;
  /** Called when workers exit as soon as they are started: the primary must end. */
  giveUp(exitCode: number): void;
}

/**
 * Pool of workers: starts and restarts them, forwards messages, collects their figures, and stops them in order.
 */
export class WorkerPool {
  private readonly workers = new Map<number, WorkerHandle>();
  private readonly welcomeState = new WelcomeState();
  private readonly restarts: RestartPolicy;
  private ended: MetricFamily[] = [];
  /** The signal that stops the pool; null while it runs. */
  private stopSignal: string | null = null;
  /**
   * Copy of the socket all workers listen on, for workers that start later. The kernel assigns connections to any free
   * worker. The alternative, through the primary, would leave the connections in transit to a killed worker without an
   * end, and stop all of them with the primary.
   */
  private port: ListeningHandle | null = null;
  private onAllGone: () => void = () => {};

  private readonly limiterServer: KeyLimiterServer<WorkerHandle>;

  constructor(private readonly options: WorkerPoolOptions) {
    this.limiterServer = new KeyLimiterServer(options.keyLimiter);
    this.restarts = new RestartPolicy(options.count);
    cluster.setupPrimary({ serialization: "advanced" });
    setInterval(() => void this.figures(true), COUNTS_EVERY_MS).unref();
  }

  /**
   * Starts the workers; the port once all serve, or null when none can. The first one starts alone: what keeps it from
   * starting would keep all.
   */
  async begin(): Promise<number | null> {
    const port = await this.start();
    if (port === null) return null;
    await Promise.all(Array.from({ length: this.options.count - 1 }, () => this.start()));
    return port;
  }

  sendRules(): void {
    this.sendAll({ kind: "rules", rules: this.options.rules() });
  }

  /** Forwards a message of the ledger's thread to the workers it concerns. */
  forward(message: LedgerEvent): void {
    switch (message.kind) {
      case "state":
      case "stats":
      case "problem":
      case "confirmed":
      case "poisoned":
      case "left-behind":
      case "spending":
      case "ready":
        this.welcomeState.note(message);
        this.sendAll({ kind: "ledger-event", message });
        break;
      case "committed":
        this.sendAll({ kind: "ledger-event", message });
        break;
      case "pins":
        this.sendPins(message.pins, null);
        break;
      case "drained":
        for (const worker of this.workers.values())
          if (worker.instance === message.instance) worker.send({ kind: "ledger-event", message });
        break;
    }
  }

  /** Lets all workers finish open requests and exit; resolves when they have. */
  async stop(signal: string, withinMs: number): Promise<void> {
    const isAgain = this.stopSignal !== null;
    this.stopSignal = signal;
    // Before the workers close theirs: the last of them must end listening, right after it has accepted what waited.
    this.port?.close();
    this.port = null;
    this.sendAll({ kind: "stop", signal });
    if (isAgain || this.workers.size === 0) return;
    const killing = setTimeout(() => this.killAll(), withinMs);
    await new Promise<void>((resolve) => {
      this.onAllGone = resolve;
    });
    clearTimeout(killing);
  }

  async figures(withMetrics: boolean): Promise<ClusterFigures> {
    const workers = [...this.workers.values()].filter((worker) => worker.isServing);
    const answers = await Promise.all(workers.map((worker) => worker.ask({ kind: "figures", withMetrics })));
    const all: ClusterFigures = { workers: this.options.count, answered: [], earlier: [], ended: this.ended };
    for (const [at, worker] of workers.entries()) {
      const answer = answers[at];
      const isFresh = answer?.kind === "figures";
      if (isFresh) worker.figures = { ...answer.figures, metrics: [] };
      if (isFresh && withMetrics) worker.metrics = answer.figures.metrics;
      if (worker.figures === null || !this.workers.has(worker.process.id)) continue;
      (isFresh ? all.answered : all.earlier).push({ ...worker.figures, metrics: withMetrics ? worker.metrics : [] });
    }
    return all;
  }

  /**
   * Starts a worker and resolves with the port when it serves. Resolves with null when it exited before that, or the
   * pool is stopped.
   */
  private start(): Promise<number | null> {
    // Start no worker after a stop. A stop may come while the primary still waits for the database. It would end under
    // a worker that is being started.
    if (this.stopSignal !== null) return Promise.resolve(null);
    const worker = new WorkerHandle(cluster.fork());
    this.workers.set(worker.process.id, worker);
    return new Promise((serving) => {
      worker.process.on("message", (message: WorkerToPrimary, handle: unknown) => {
        if (handle !== undefined) this.keepPort(handle as ListeningHandle);
        if (message.kind === "serving") serving(message.port);
        this.receive(worker, message);
      });
      worker.process.on("error", () => {}); // the channel is broken: the exit follows
      worker.process.on("exit", (code: number | null, signal: string | null) => {
        serving(null);
        void this.onExit(worker, code, signal);
      });
    });
  }

  private keepPort(handle: ListeningHandle): void {
    if (this.stopSignal === null && this.port === null) this.port = handle;
    else handle.close();
  }

  /** Long because it is one switch: each message with what it leads to. */
  private receive(worker: WorkerHandle, message: WorkerToPrimary): void {
    if (worker.answered(message)) return;
    const { ledger } = this.options;
    switch (message.kind) {
      case "here":
        // Started shortly before the stop, it may have missed that message.
        if (this.stopSignal !== null) worker.send({ kind: "stop", signal: this.stopSignal });
        else this.welcome(worker);
        break;
      case "joined":
        worker.instance = message.instance;
        ledger.ownerJoined(message.instance);
        break;
      case "serving":
        worker.isServing = true;
        break;
      case "held":
        void this.takeHeld(worker, message);
        break;
      case "look":
        void ledger.lookAgain().then(() => worker.send({ kind: "looked", call: message.call }));
        break;
      case "key-use":
        ledger.noteKeyUse(message.id);
        break;
      case "pin":
        ledger.keepPin(message.pin);
        this.sendPins([message.pin], worker);
        break;
      case "enter-key":
      case "serve-key":
      case "confirm-key":
      case "settle-key":
      case "leave-key":
        void this.limiterServer.receive(worker, message, (answer) => worker.send(answer));
        break;
      case "cache-report":
        worker.cacheReport = readCacheReport(message.report);
        this.reportCaches();
        break;
      case "purge-cache":
        ledger.purgeCache(message.target, message.by);
        break;
      case "arrivals":
        ledger.reportArrivals(message.arrivals);
        break;
      case "event":
        for (const other of this.workers.values()) if (other !== worker && other.isWatching) other.send(message);
        break;
      case "watching":
        worker.isWatching = message.isWatching;
        this.sendAll({ kind: "watched", isWatched: this.isWatched });
        break;
      case "ask":
        void this.answer(worker, message.call, message.query);
        break;
    }
  }

  private async takeHeld(worker: WorkerHandle, { call, lines, isLast }: Held): Promise<void> {
    const { instance } = worker;
    const isTaken = instance !== null && (await this.options.ledger.takeHeldFrom(instance, lines, isLast));
    worker.send({ kind: "held-taken", call, isTaken });
  }

  /** Merges the reports: to the console the workers' caches are one. */
  private reportCaches(): void {
    const reports = [...this.workers.values()].flatMap(({ cacheReport }) => cacheReport ?? []);
    this.options.ledger.reportCache(JSON.stringify(joinedReports(reports, ENTRIES_SHOWN)));
  }

  private get isWatched(): boolean {
    return [...this.workers.values()].some((worker) => worker.isWatching);
  }

  /** Sends a new worker the current state. */
  private welcome(worker: WorkerHandle): void {
    const { instanceId, startedAtMs, count } = this.options;
    worker.send({ kind: "begin", instanceId, startedAtMs, workers: count, rules: this.options.rules() }, this.port);
    worker.send({ kind: "watched", isWatched: this.isWatched });
    for (const message of this.welcomeState.messages()) worker.send({ kind: "ledger-event", message });
  }

  private sendPins(pins: readonly KeptPin[], from: WorkerHandle | null): void {
    this.welcomeState.notePins(pins);
    for (const worker of this.workers.values())
      if (worker !== from) worker.send({ kind: "ledger-event", message: { kind: "pins", pins: [...pins] } });
  }

  private async answer(worker: WorkerHandle, call: number, query: WorkerQuery): Promise<void> {
    if (query.kind === "figures") {
      worker.send({ kind: "figures-of-all", call, figures: await this.figures(query.withMetrics) });
      return;
    }
    const answers = await Promise.all([...this.workers.values()].map((one) => one.ask(query)));
    const count = answers.reduce((sum, answer) => sum + (answer?.kind === "cleared" ? answer.count : 0), 0);
    worker.send({ kind: "cleared", call, count });
  }

  /** Takes over the records of an exited worker at once, and replaces it. */
  private async onExit(worker: WorkerHandle, code: number | null, signal: string | null): Promise<void> {
    this.workers.delete(worker.process.id);
    worker.ended();
    this.limiterServer.left(worker);
    if (worker.instance !== null) this.options.ledger.ownerLeft(worker.instance);
    if (worker.isWatching) this.sendAll({ kind: "watched", isWatched: this.isWatched });
    if (worker.metrics.length > 0) this.ended = await sumCounts([this.ended, worker.metrics]);
    if (this.stopSignal !== null) {
      if (this.workers.size === 0) this.onAllGone();
      return;
    }
    this.startAgain(worker, code, signal);
  }

  private startAgain(worker: WorkerHandle, code: number | null, signal: string | null): void {
    const { log, giveUp } = this.options;
    if (!worker.isServing && this.workers.size === 0) {
      giveUp(code ?? exitCodes.crash);
      return;
    }
    log.error({ pid: worker.process.process.pid, how: signal ?? code }, "worker exited; restarting");
    const waitMs = this.restarts.exited(performance.now() - worker.startedAtMs);
    if (waitMs === null) {
      giveUp(exitCodes.crash);
      return;
    }
    setTimeout(() => {
      if (this.stopSignal === null) void this.start();
    }, waitMs);
  }

  private sendAll(message: PrimaryToWorker): void {
    for (const worker of this.workers.values()) worker.send(message);
  }

  private killAll(): void {
    for (const worker of this.workers.values()) worker.process.process.kill("SIGKILL");
  }
}
