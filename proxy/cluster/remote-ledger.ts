import type { PurgeTarget } from "#core/cache/purges.ts";
import type { Arrival } from "#core/connect/arrival.ts";
import type { KeptPin } from "#core/rules/pin.ts";
import { HeldCalls } from "../ledger/client/held-calls.ts";
import { type LedgerClient, LOOK_WITHIN_MS } from "../ledger/client/ledger-client.ts";
import { LedgerNews } from "../ledger/client/ledger-news.ts";
import type { LedgerEvent, Purger } from "../ledger/messages.ts";
import type { Spool } from "../spool/spool.ts";
import { Calls } from "./calls.ts";
import type { WorkerToPrimary } from "./messages.ts";

/** How often uses of a key are reported: only the time of the last one is kept. */
const KEY_USE_EVERY_MS = 5_000;

/** The ledger as seen by a worker: receives what the primary forwards, and sends the worker's commands. */
export class RemoteLedger extends LedgerNews implements LedgerClient {
  readonly ready: Promise<void>;
  private readonly held = new HeldCalls();
  private readonly looks = new Calls<true>(LOOK_WITHIN_MS);
  private readonly keyUses = new Map<string, number>();
  private becomeReady: () => void = () => {};

  constructor(
    private readonly spool: Pick<Spool, "noteDrained">,
    private readonly send: (message: WorkerToPrimary) => void,
  ) {
    super();
    this.ready = new Promise((resolve) => {
      this.becomeReady = resolve;
    });
  }

  receive(message: LedgerEvent): void {
    this.apply(message);
    if (message.kind === "drained") this.spool.noteDrained(message.position);
    if (message.kind === "ready") this.becomeReady();
  }

  noteKeyUse(id: string): void {
    const tick = performance.now();
    if (tick - (this.keyUses.get(id) ?? Number.NEGATIVE_INFINITY) < KEY_USE_EVERY_MS) return;
    this.keyUses.set(id, tick);
    this.send({ kind: "key-use", id });
  }

  async lookAgain(): Promise<void> {
    if (this.problem() !== null) return;
    await this.looks.ask((call) => this.send({ kind: "look", call }));
  }

  /** The primary's answer. */
  looked(call: number): void {
    this.looks.answered(call, true);
  }

  takeHeld(lines: Buffer, isLast: boolean): Promise<boolean> {
    if (this.problem() !== null && !isLast) return Promise.resolve(false);
    return this.held.offer((call) => this.send({ kind: "held", call, lines, isLast }));
  }

  /** The primary's answer. */
  heldTaken(call: number, isTaken: boolean): void {
    this.held.settle(call, isTaken);
  }

  keepPin(pin: KeptPin): void {
    this.send({ kind: "pin", pin });
  }

  reportCache(report: string): void {
    this.send({ kind: "cache-report", report });
  }

  reportArrivals(arrivals: readonly Arrival[]): void {
    this.send({ kind: "arrivals", arrivals });
  }

  purgeCache(target: PurgeTarget, by: Purger): void {
    this.send({ kind: "purge-cache", target, by });
  }

  /** One process reads the file for all of them. */
  ingestRulesFile(): Promise<never> {
    return Promise.reject(new Error("The primary takes in the rules file."));
  }

  /** The primary reports for the instance. */
  reportInstance(): void {}

  async stop(): Promise<void> {}
}
