// Long because what may be asked of the thread and its life decide about each other. The life is its start, its
// failures, and the state kept for a start without the database.

import { Worker } from "node:worker_threads";
import type { PurgeTarget } from "#core/cache/purges.ts";
import type { Arrival } from "#core/connect/arrival.ts";
import type { ProviderCheck } from "#core/connect/provider-check.ts";
import type { DroppedSafeguards } from "#core/rules/dropped-safeguards.ts";
import type { KeptPin } from "#core/rules/pin.ts";
import type { InstanceReport } from "#store/instances.ts";
import { Calls } from "../../cluster/calls.ts";
import { PinOutbox } from "../../sessions/pin-outbox.ts";
import type { Spool } from "../../spool/spool.ts";
import type { KeptFile, LedgerCommand, LedgerEvent, Purger, WorkerSettings } from "../messages.ts";
import { HeldCalls } from "./held-calls.ts";
import { type Kept, readKeptState } from "./kept-state.ts";
import { readKeptUnrecorded } from "./kept-unrecorded.ts";
import { KeyUses } from "./key-uses.ts";
import { type LedgerClient, LOOK_WITHIN_MS } from "./ledger-client.ts";
import { LedgerNews } from "./ledger-news.ts";
import { RulesCalls } from "./rules-calls.ts";

/** A database of a newer release, or one whose migrations were edited: for the operator to fix. */
class LedgerUnusable extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "LedgerUnusable";
    this.code = code;
  }
}

export interface LedgerOptions extends Omit<WorkerSettings, "modelsFile" | "kept"> {
  kept?: KeptFile | null;
  /** Another model catalogue than the shipped one, for pricing interrupted requests. */
  modelsFile?: string | null;
  /** `dist/ledger-worker.mjs`. */
  workerUrl: URL;
  /** Receives how far the database is. */
  spool?: Pick<Spool, "noteDrained">;
  /** Calls the provider once with the operator's key, on request from the console. */
  checkProvider?(): Promise<ProviderCheck>;
  /** Receives one line while the price file cannot be read, and null when it can again. */
  reportPricesFile?(problem: string | null): void;
  /** Receives every message of the thread, after it was handled here. */
  overhear?(message: LedgerEvent): void;
}

/** The ledger where its thread runs. Other processes may write other spools beside this one's. */
export interface LedgerThread extends LedgerClient {
  /** Settles with `ready`, or before it when rules, keys and limits were found on this machine's disk. */
  known: Promise<void>;
  /** Another process has this spool now, in the same folder: drain it as well. */
  ownerJoined(instance: string): void;
  /** The same for another process's spool. */
  takeHeldFrom(instance: string, lines: Uint8Array, isLast: boolean): Promise<boolean>;
  /** It has given its spool up, or died: what is left of it is taken over at once. */
  ownerLeft(instance: string): void;
}

const STOP_WITHIN_MS = 10_000;
/**
 * Slack before a hard stop of the thread, longer than SQLite's busy timeout in it. The driver aborts the process when
 * its thread is ended inside a statement.
 */
const HARD_STOP_SLACK_MS = 3_000;
/** A database that is slow to answer at the start is waited for so long before the kept state serves. */
const RESTORE_AFTER_MS = 1_500;
/** The worker's garbage dies with each batch. Left alone, its young generation grows to 48 MB before it is looked at. */
const WORKER_LIMITS = { maxYoungGenerationSizeMb: 12 };

export function startLedger(options: LedgerOptions): LedgerThread {
  return new ThreadLedger(options);
}

/** The ledger's thread as the process that runs it sees it. */
class ThreadLedger extends LedgerNews implements LedgerThread {
  readonly ready: Promise<void>;
  readonly known: Promise<void>;
  private becomeKnown: () => void = () => {};
  private isReady = false;
  private hasLookedAtDisk = false;
  /** What waits in spools was counted with the kept sums, once and for all. */
  private isRestored = false;
  private restoring: Promise<void> = Promise.resolve();
  /** The database was not ready in time: its state, or the kept one, is enough. */
  private isLate = false;
  /** The thread has read the database since it failed last. */
  private isAnswering = false;
  private worker: Worker;
  private report: InstanceReport | null = null;
  private readonly pins = new PinOutbox((pins) => this.post({ kind: "keep-pins", pins }));
  private readonly instances = new Set<string>();
  private readonly rulesCalls = new RulesCalls((message) => this.post(message));
  private readonly held = new HeldCalls();
  private readonly looks = new Calls<true>(LOOK_WITHIN_MS);
  private readonly keyUses = new KeyUses((uses) => this.post({ kind: "key-use", uses }));
  private isOver = false;
  private restartAfterMs = 500;
  private becomeReady: () => void = () => {};
  private becomeUnusable: (error: Error) => void = () => {};
  private stopped: () => void = () => {};

  constructor(private readonly options: LedgerOptions) {
    super();
    this.ready = new Promise((resolve, reject) => {
      this.becomeReady = resolve;
      this.becomeUnusable = reject;
    });
    this.ready.catch(() => {}); // a waiter gets the error; there need not be one
    const restored = new Promise<void>((resolve) => {
      this.becomeKnown = resolve;
    });
    // Whichever comes first, what waits in spools is counted before it.
    this.known = Promise.race([this.ready, restored]).then(() => this.restoring);
    this.known.catch(() => {});
    this.worker = this.start();
    setTimeout(() => this.restore(), RESTORE_AFTER_MS).unref();
  }

  ingestRulesFile(
    toml: string,
    audited: DroppedSafeguards = {},
    isLeft = false,
  ): Promise<{ version: number; changed: boolean }> {
    if (this.isOver) return Promise.reject(new Error("The ledger has stopped."));
    return this.rulesCalls.ask(toml, audited, isLeft);
  }

  reportInstance(report: InstanceReport): void {
    this.report = report;
    this.post({ kind: "instance", report });
  }

  noteKeyUse(id: string): void {
    this.keyUses.note(id);
  }

  async lookAgain(): Promise<void> {
    if (this.isOver || this.problem() !== null) return;
    await this.looks.ask((call) => this.post({ kind: "look", call }));
  }

  keepPin(pin: KeptPin): void {
    if (!this.isOver) this.pins.add(pin);
  }

  ownerJoined(instance: string): void {
    this.instances.add(instance);
    this.post({ kind: "instance-joined", instance });
  }

  ownerLeft(instance: string): void {
    this.instances.delete(instance);
    this.post({ kind: "instance-left", instance });
  }

  takeHeld(lines: Buffer, isLast: boolean): Promise<boolean> {
    return this.takeHeldFrom(this.options.instanceId, lines, isLast);
  }

  takeHeldFrom(instance: string, lines: Uint8Array, isLast: boolean): Promise<boolean> {
    // Not while there is a problem: it would only wait here instead of there.
    if (this.isOver || (this.problem() !== null && !isLast)) return Promise.resolve(false);
    return this.held.offer((call) => this.post({ kind: "held", call, instance, lines, isLast }));
  }

  reportCache(report: string): void {
    this.worker.postMessage({ kind: "cache-report", report } satisfies LedgerCommand);
  }

  reportArrivals(arrivals: readonly Arrival[]): void {
    // While the database is away these would only pile up: what matters to a person waiting is the present.
    if (this.problem() === null) this.post({ kind: "arrivals", arrivals });
  }

  purgeCache(target: PurgeTarget, by: Purger): void {
    this.worker.postMessage({ kind: "purge-cache", target, by } satisfies LedgerCommand);
  }

  async stop(withinMs = STOP_WITHIN_MS): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    this.keyUses.flush();
    this.pins.flush();
    const over = new Promise<void>((resolve) => {
      this.stopped = resolve;
    });
    this.post({ kind: "stop", withinMs });
    // A driver that hangs cannot be asked twice; what is not drained stays in the spool for the next start.
    const hardStop = setTimeout(this.stopped, withinMs + HARD_STOP_SLACK_MS);
    await over;
    clearTimeout(hardStop);
    await this.worker.terminate();
    this.rulesCalls.rejectAll(new Error("The ledger has stopped."));
  }

  /** While the database is away at the start, what it said last is served; the database's own word replaces it. */
  private restore(): void {
    const { kept = null } = this.options;
    if (this.isReady || this.isOver || this.hasLookedAtDisk || kept === null) return;
    this.isLate = true;
    // It can be read and not be written: that is enough.
    if (this.state() !== null) this.becomeKnown();
    // While it is being read: its state comes after its sums and what they lack.
    if (this.isAnswering || this.state() !== null) return;
    this.hasLookedAtDisk = true;
    const found = readKeptState(kept, Date.now());
    if (found !== null) this.restoring = this.take(found);
  }

  private async take({ messages, confirmedAtMs }: Kept): Promise<void> {
    const requests = await readKeptUnrecorded(messages, this.options);
    if (this.isOver) return;
    // The database may have answered meanwhile, and its thread may have found these spools locked by this reading.
    if (!this.isAnswering && this.state() === null) {
      for (const message of messages) this.receive(message);
      this.receive({ kind: "confirmed", atMs: confirmedAtMs, isKept: true });
    }
    this.receive({ kind: "unrecorded", requests });
    this.isRestored = true;
  }

  private start(): Worker {
    const {
      databaseUrl,
      spoolDir,
      instanceId,
      reportingZone,
      modelsFile = null,
      pricesFile = null,
      kept = null,
      workerUrl,
    } = this.options;
    const workerData: WorkerSettings = {
      databaseUrl,
      spoolDir,
      instanceId,
      reportingZone,
      modelsFile,
      pricesFile,
      kept,
    };
    const worker = new Worker(workerUrl, { workerData, name: "ledger", resourceLimits: WORKER_LIMITS });
    worker.on("message", (message: LedgerEvent) => {
      // A thread that is started again finds what is counted already, as does the one whose database was away.
      if (message.kind === "unrecorded" && (this.isReady || this.isRestored)) return;
      this.receive(message);
    });
    worker.on("error", (error) => this.failed(`The ledger failed and is started again: ${error.message}`));
    worker.on("exit", () => this.ended());
    return worker;
  }

  private post(message: LedgerCommand): void {
    this.worker.postMessage(message);
  }

  /**
   * Restarts the worker after it has ended, since traffic does not depend on it. The new worker reads the spool from
   * the beginning, and nothing is counted twice.
   */
  private ended(): void {
    this.stopped();
    this.held.settleAll();
    if (this.isOver) return;
    setTimeout(() => this.restart(), this.restartAfterMs).unref();
    this.restartAfterMs = Math.min(30_000, this.restartAfterMs * 2);
  }

  private restart(): void {
    if (this.isOver) return;
    this.worker = this.start();
    if (this.report) this.reportInstance(this.report);
    for (const instance of this.instances) this.ownerJoined(instance);
    this.rulesCalls.again();
    this.pins.again();
  }

  /** Long because it is one switch: a case for each kind of message that this process acts upon. */
  private receive(message: LedgerEvent): void {
    this.apply(message);
    switch (message.kind) {
      case "ready":
        this.restartAfterMs = 500;
        this.isReady = true;
        this.becomeReady();
        break;
      case "state":
        if (this.isLate) this.becomeKnown();
        break;
      case "reading":
      case "confirmed":
        this.isAnswering = message.kind === "reading" || !message.isKept;
        break;
      case "problem":
        this.isAnswering &&= message.text === null;
        break;
      case "unusable":
        this.isOver = true;
        this.becomeUnusable(new LedgerUnusable(message.code, message.message));
        break;
      case "drained":
        if (message.instance === this.options.instanceId) this.options.spool?.noteDrained(message.position);
        break;
      case "pins-kept":
        this.pins.kept();
        break;
      case "looked":
        this.looks.answered(message.call, true);
        break;
      case "held-taken":
        this.held.settle(message.call, message.isTaken);
        break;
      case "check-provider":
        void this.checkProvider(message.id);
        break;
      case "prices-file":
        this.options.reportPricesFile?.(message.problem);
        break;
      case "rules-taken-in":
        this.rulesCalls.settle(message.call, { version: message.version, changed: message.changed });
        break;
      case "rules-not-taken-in":
        this.rulesCalls.settle(message.call, new Error(message.reason));
        break;
      case "stopped":
        this.stopped();
        break;
    }
    this.options.overhear?.(message);
    if (message.kind === "problem" && message.text !== null) this.restore();
  }

  private async checkProvider(id: string): Promise<void> {
    const result = await this.options.checkProvider?.();
    if (result !== undefined && !this.isOver) this.post({ kind: "provider-checked", id, result });
  }
}
