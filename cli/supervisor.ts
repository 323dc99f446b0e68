import type { ChildProcess } from "node:child_process";
import process from "node:process";
import { ShutdownSignal } from "#core/shutdown-signal.ts";
import { type ChildPlan, startChild, waitForExit } from "./child.ts";
import type { Output } from "./output.ts";

const BACKOFF_FIRST_MS = 500;
const BACKOFF_MOST_MS = 30_000;
/** A child that lived this long was well: its next death starts from the first back-off. */
const HEALTHY_AFTER_MS = 60_000;
/** Time for a child that stops after another one; nothing it could still do reaches a caller. */
export const LAST_CHILD_WITHIN_MS = 2_000;
/**
 * So much longer than the proxy's own hard stop it may take to write everything down. What stops CCO from outside must
 * wait longer than all of it: `deploy/` names the sum.
 */
export const KILL_AFTER_HARD_STOP_MS = 15_000;

interface Keeping {
  plan: ChildPlan;
  /** Give up after this many deaths in a row; null: never. */
  deathsMax: number | null;
  /** Codes that no restart can fix; they end the run. */
  finalCodes: readonly number[];
  /** Name of the child that uses this one: this one is ended after that one. Its plan says `ignoresSignals`. */
  stopsAfter?: string;
}

/** Keeps children alive, passes signals on, and ends when all have ended or one must not be restarted. */
export class Supervisor {
  private readonly children = new Map<string, ChildProcess>();
  private readonly keepers: Promise<void>[] = [];
  /** Names of children that wait for another one to end, with that one's name. */
  private readonly stopsAfter = new Map<string, string>();
  private readonly word = new ShutdownSignal();
  private isStopping = false;
  private isHurried = false;
  private exitCode = 0;
  private wakeSleepers: (() => void)[] = [];

  constructor(
    private readonly output: Output,
    private readonly shutdownTimeoutMs = 30_000,
  ) {}

  /** Starts a child and keeps it running from then on. */
  keep(keeping: Keeping): void {
    if (keeping.stopsAfter !== undefined) this.stopsAfter.set(keeping.plan.name, keeping.stopsAfter);
    this.keepers.push(this.run(keeping));
  }

  /** Resolves with the exit code once everything has ended. */
  async ended(): Promise<number> {
    await Promise.all(this.keepers);
    return this.exitCode;
  }

  get stopping(): boolean {
    return this.isStopping;
  }

  /**
   * Sends SIGTERM to every child that stops after no other; to the rest when that one has ended. On a repeated signal
   * that one to all, so that open responses end; then SIGKILL.
   */
  stop(code = 0, signal: NodeJS.Signals = "SIGTERM"): void {
    const kind = this.word.classify(performance.now());
    if (kind === "echo") return;
    if (kind === "again") {
      this.signalAll(this.isHurried ? "SIGKILL" : signal);
      this.isHurried = true;
      return;
    }
    this.isStopping = true;
    this.exitCode = code;
    for (const wake of this.wakeSleepers.splice(0)) wake();
    this.signalInOrder();
    setTimeout(() => this.signalAll("SIGKILL"), this.shutdownTimeoutMs + KILL_AFTER_HARD_STOP_MS).unref();
  }

  /** Signals each child whose user is gone, and kills one that stops last and takes too long. */
  private signalInOrder(): void {
    for (const [name, child] of this.children) {
      const user = this.stopsAfter.get(name);
      if (user !== undefined && this.children.has(user)) continue;
      if (user === undefined) child.kill("SIGTERM");
      else {
        closeChannel(child);
        setTimeout(() => child.kill("SIGKILL"), LAST_CHILD_WITHIN_MS).unref();
      }
    }
  }

  signalAll(signal: NodeJS.Signals): void {
    for (const [name, child] of this.children) {
      if (signal !== "SIGKILL" && this.stopsAfter.has(name)) closeChannel(child);
      else child.kill(signal);
    }
  }

  signal(name: string, signal: NodeJS.Signals): void {
    this.children.get(name)?.kill(signal);
  }

  /** Ctrl-C and service managers stop us; SIGHUP goes to the proxy, which reads its rules again. */
  listenToSignals(proxyName: string): void {
    process.on("SIGINT", () => this.stop(0, "SIGINT"));
    process.on("SIGTERM", () => this.stop(0, "SIGTERM"));
    process.on("SIGHUP", () => this.signal(proxyName, "SIGHUP"));
  }

  private async run({ plan, deathsMax, finalCodes }: Keeping): Promise<void> {
    let deaths = 0;
    while (!this.isStopping) {
      const startedAtMs = Date.now();
      const child = startChild(plan);
      this.children.set(plan.name, child);
      const exit = await waitForExit(child);
      this.children.delete(plan.name);
      if (this.isStopping) return this.signalInOrder();
      const how = exit.signal ?? `exit code ${exit.code}`;
      if (exit.code !== null && finalCodes.includes(exit.code)) return this.stop(exit.code);
      deaths = Date.now() - startedAtMs > HEALTHY_AFTER_MS ? 1 : deaths + 1;
      if (deathsMax !== null && deaths >= deathsMax) {
        this.output.error(`the ${plan.name} exited ${deaths} times in a row (${how}); giving up`);
        return this.stop(70);
      }
      const waitMs = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** (deaths - 1));
      this.output.note(`The ${plan.name} exited (${how}); restarting in ${waitMs / 1000} s`);
      await this.sleep(waitMs);
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeSleepers.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Ends a child that ignores signals (`ChildPlan.ignoresSignals`): it exits when the channel closes. */
function closeChannel(child: ChildProcess): void {
  if (child.connected) child.disconnect();
}
