import cluster from "node:cluster";
import { LRUCache } from "lru-cache";
import { joinedReports, readCacheReport } from "#core/cache/cache-report.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { type KeptPin, PIN_IDLE_MS } from "#core/rules/pin.ts";
import { ENTRIES_SHOWN } from "../cache/cache-reporter.ts";
import type { KeyLimiter } from "../keys/key-limiter.ts";
import type { LedgerThread } from "../ledger/client/ledger-client.ts";
import type { LedgerEvent } from "../ledger/messages.ts";
import { countsOf, type MetricFamily } from "../metrics/metrics-of-all.ts";
import type { Log } from "../process/log.ts";
import type { RulesTold } from "../rules/active-rules.ts";
import type { CrewFigures } from "./cluster-view.ts";
import { KeyLimiterServer } from "./key-limiter-server.ts";
import type { PrimaryToWorker, WorkerQuery, WorkerToPrimary } from "./messages.ts";
import { WorkerHandle } from "./worker-handle.ts";

/** As many as a worker keeps. */
const PINS_MAX = 100_000;
const PINS_AT_ONCE = 5_000;
/** How often workers are asked what they have counted, so that little is forgotten with one that is killed. */
const COUNTS_EVERY_MS = 5_000;
/** A worker that lived this long was well: the next death is the first one again. */
const HEALTHY_AFTER_MS = 60_000;
const DEATHS_MAX_EACH = 5;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MOST_MS = 5_000;

interface HandsOptions {
  count: number;
  instanceId: string;
  startedAtMs: number;
  rules(): RulesTold;
  ledger: LedgerThread;
  /** Counts the keys of all workers. */
  keyLimiter: KeyLimiter;
  log: Log;
  /** Workers die as soon as they are started: somebody else has to decide. */
  giveUp(exitCode: number): void;
}

/** The workers: started, started again, told what is new, asked for their figures, ended in order. */
export class WorkerPool {
  private readonly hands = new Map<number, WorkerHandle>();
  private readonly pins = new LRUCache<string, KeptPin>({ max: PINS_MAX, ttl: PIN_IDLE_MS });
  /** The latest word of the ledger on each matter, for workers that come later. */
  private readonly heard = new Map<LedgerEvent["kind"], LedgerEvent>();
  private ended: MetricFamily[] = [];
  private deathsInRow = 0;
  /** Null while nothing is to end. */
  private stopSignal: string | null = null;
  private allGone: () => void = () => {};

  private readonly keeper: KeyLimiterServer<WorkerHandle>;

  constructor(private readonly options: HandsOptions) {
    this.keeper = new KeyLimiterServer(options.keyLimiter);
    // The kernel hands connections to whoever is free. The other way, through the primary, would leave those that are on
    // their way to a worker when it is killed without an end, and stop all of them with the primary.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ serialization: "advanced" });
    setInterval(() => void this.figures(true), COUNTS_EVERY_MS).unref();
  }

  /** Starts them; the port once all serve, or null when none can. The first one goes ahead: what keeps it from starting would keep all. */
  async begin(): Promise<number | null> {
    const port = await this.start();
    if (port === null) return null;
    await Promise.all(Array.from({ length: this.options.count - 1 }, () => this.start()));
    return port;
  }

  tellRules(): void {
    this.tellAll({ kind: "rules", rules: this.options.rules() });
  }

  /** What the ledger's thread says, to those whom it concerns. */
  tellHeard(message: LedgerEvent): void {
    switch (message.kind) {
      case "state":
      case "stats":
      case "problem":
      case "confirmed":
      case "poisoned":
      case "left-behind":
      case "spending":
      case "ready":
        this.heard.set(message.kind, message);
        this.tellAll({ kind: "heard", message });
        break;
      case "committed":
        this.tellAll({ kind: "heard", message });
        break;
      case "pins":
        this.tellPins(message.pins, null);
        break;
      case "drained":
        for (const hand of this.hands.values())
          if (hand.instance === message.instance) hand.send({ kind: "heard", message });
        break;
    }
  }

  /** All of them finish what is open and end; resolves when they have. */
  async stop(signal: string, withinMs: number): Promise<void> {
    const isAgain = this.stopSignal !== null;
    this.stopSignal = signal;
    this.tellAll({ kind: "stop", signal });
    if (isAgain || this.hands.size === 0) return;
    const killing = setTimeout(() => this.killAll(), withinMs);
    await new Promise<void>((resolve) => {
      this.allGone = resolve;
    });
    clearTimeout(killing);
  }

  async figures(withMetrics: boolean): Promise<CrewFigures> {
    const hands = [...this.hands.values()].filter((hand) => hand.isServing);
    const answers = await Promise.all(hands.map((hand) => hand.ask({ kind: "figures", withMetrics })));
    const all: CrewFigures = { workers: this.options.count, answered: [], earlier: [], ended: this.ended };
    for (const [at, hand] of hands.entries()) {
      const answer = answers[at];
      const isFresh = answer?.kind === "figures";
      if (isFresh) hand.figures = { ...answer.figures, metrics: [] };
      if (isFresh && withMetrics) hand.metrics = answer.figures.metrics;
      if (hand.figures === null || !this.hands.has(hand.process.id)) continue;
      (isFresh ? all.answered : all.earlier).push({ ...hand.figures, metrics: withMetrics ? hand.metrics : [] });
    }
    return all;
  }

  /** Resolves with the port when the new worker serves; with null when it ended before that. */
  private start(): Promise<number | null> {
    const hand = new WorkerHandle(cluster.fork());
    this.hands.set(hand.process.id, hand);
    return new Promise((serving) => {
      hand.process.on("message", (message: WorkerToPrimary) => {
        if (message.kind === "serving") serving(message.port);
        this.hear(hand, message);
      });
      hand.process.on("error", () => {}); // a broken line: the exit follows
      hand.process.on("exit", (code: number | null, signal: string | null) => {
        serving(null);
        void this.left(hand, code, signal);
      });
    });
  }

  private hear(hand: WorkerHandle, message: WorkerToPrimary): void {
    if (hand.answered(message)) return;
    const { ledger } = this.options;
    switch (message.kind) {
      case "here":
        // Started shortly before the stop, it may not have heard of that.
        if (this.stopSignal !== null) hand.send({ kind: "stop", signal: this.stopSignal });
        else this.welcome(hand);
        break;
      case "joined":
        hand.instance = message.instance;
        ledger.ownerJoined(message.instance);
        break;
      case "serving":
        hand.isServing = true;
        break;
      case "held":
        void this.takeHeld(hand, message.call, message.lines);
        break;
      case "look":
        void ledger.lookAgain().then(() => hand.send({ kind: "looked", call: message.call }));
        break;
      case "key-use":
        ledger.noteKeyUse(message.id);
        break;
      case "pin":
        ledger.keepPin(message.pin);
        this.tellPins([message.pin], hand);
        break;
      case "enter-key":
      case "settle-key":
      case "leave-key":
        void this.keeper.hear(hand, message, (answer) => hand.send(answer));
        break;
      case "cache-report":
        hand.cacheReport = readCacheReport(message.report);
        this.reportCaches();
        break;
      case "purge-cache":
        ledger.purgeCache(message.target, message.by);
        break;
      case "arrivals":
        ledger.reportArrivals(message.arrivals);
        break;
      case "event":
        for (const other of this.hands.values()) if (other !== hand && other.isWatching) other.send(message);
        break;
      case "watching":
        hand.isWatching = message.isWatching;
        this.tellAll({ kind: "watched", isWatched: this.isWatched });
        break;
      case "ask":
        void this.answer(hand, message.call, message.query);
        break;
    }
  }

  private async takeHeld(hand: WorkerHandle, call: number, lines: Uint8Array): Promise<void> {
    const isTaken = hand.instance !== null && (await this.options.ledger.takeHeldOf(hand.instance, lines));
    hand.send({ kind: "held-taken", call, isTaken });
  }

  /** To the console they are one cache. */
  private reportCaches(): void {
    const reports = [...this.hands.values()].flatMap(({ cacheReport }) => cacheReport ?? []);
    this.options.ledger.reportCache(JSON.stringify(joinedReports(reports, ENTRIES_SHOWN)));
  }

  private get isWatched(): boolean {
    return [...this.hands.values()].some((hand) => hand.isWatching);
  }

  /** Everything that was said before it came. "ready" last: by then the sessions' decisions are there. */
  private welcome(hand: WorkerHandle): void {
    const { instanceId, startedAtMs, count } = this.options;
    hand.send({ kind: "begin", instanceId, startedAtMs, workers: count, rules: this.options.rules() });
    hand.send({ kind: "watched", isWatched: this.isWatched });
    const pins = [...this.pins.values()];
    for (let from = 0; from < pins.length; from += PINS_AT_ONCE)
      hand.send({ kind: "heard", message: { kind: "pins", pins: pins.slice(from, from + PINS_AT_ONCE) } });
    const ready = this.heard.get("ready");
    for (const message of this.heard.values()) if (message !== ready) hand.send({ kind: "heard", message });
    if (ready !== undefined) hand.send({ kind: "heard", message: ready });
  }

  private tellPins(pins: readonly KeptPin[], from: WorkerHandle | null): void {
    for (const pin of pins) this.pins.set(pin.key, pin);
    for (const hand of this.hands.values())
      if (hand !== from) hand.send({ kind: "heard", message: { kind: "pins", pins: [...pins] } });
  }

  private async answer(hand: WorkerHandle, call: number, query: WorkerQuery): Promise<void> {
    if (query.kind === "figures") {
      hand.send({ kind: "figures-of-all", call, figures: await this.figures(query.withMetrics) });
      return;
    }
    const answers = await Promise.all([...this.hands.values()].map((one) => one.ask(query)));
    const count = answers.reduce((sum, answer) => sum + (answer?.kind === "cleared" ? answer.count : 0), 0);
    hand.send({ kind: "cleared", call, count });
  }

  /** What it wrote down is taken over at once; another one takes its place. */
  private async left(hand: WorkerHandle, code: number | null, signal: string | null): Promise<void> {
    this.hands.delete(hand.process.id);
    hand.ended();
    this.keeper.left(hand);
    if (hand.instance !== null) this.options.ledger.ownerLeft(hand.instance);
    if (hand.isWatching) this.tellAll({ kind: "watched", isWatched: this.isWatched });
    if (hand.metrics.length > 0) this.ended = await countsOf([this.ended, hand.metrics]);
    if (this.stopSignal !== null) {
      if (this.hands.size === 0) this.allGone();
      return;
    }
    this.startAgain(hand, code, signal);
  }

  private startAgain(hand: WorkerHandle, code: number | null, signal: string | null): void {
    const { log, count, giveUp } = this.options;
    if (!hand.isServing && this.hands.size === 0) {
      giveUp(code ?? exitCodes.crash);
      return;
    }
    const livedMs = performance.now() - hand.startedAtMs;
    this.deathsInRow = livedMs > HEALTHY_AFTER_MS ? 1 : this.deathsInRow + 1;
    log.error({ pid: hand.process.process.pid, how: signal ?? code }, "a worker has ended and is started again");
    if (this.deathsInRow > DEATHS_MAX_EACH * count) {
      giveUp(exitCodes.crash);
      return;
    }
    const waitMs =
      this.deathsInRow === 1 ? 0 : Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** (this.deathsInRow - 2));
    setTimeout(() => {
      if (this.stopSignal === null) void this.start();
    }, waitMs);
  }

  private tellAll(message: PrimaryToWorker): void {
    for (const hand of this.hands.values()) hand.send(message);
  }

  private killAll(): void {
    for (const hand of this.hands.values()) hand.process.process.kill("SIGKILL");
  }
}
