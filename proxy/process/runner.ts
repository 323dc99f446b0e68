import { exitCodes } from "#core/exit-codes.ts";
import { ShutdownSignal } from "#core/shutdown-signal.ts";
import type { LedgerClient } from "../ledger/client/ledger-client.ts";
import type { RuleSource } from "../rules/active-rules.ts";
import type { ProxyServer } from "../server/server.ts";
import type { Spool } from "../spool/spool.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Log } from "./log.ts";

/** How long a load balancer needs to notice that the process is stopping. */
const LAME_DUCK_MS = 2_500;
const LOOK_MS = 50;
/** Longer than a balancer keeps an idle connection (`keepalive_timeout 1s` of the nginx how-to): it closes them, not we. */
const LAST_REQUESTS_MS = 2_000;
/**
 * Part of the time to stop that is kept for what comes after the last offer of records. An offer that hangs is given up
 * after 5 s.
 */
const REST_OF_STOP_MS = 5_000;
/** Records that only memory holds are offered at least this long, however long open requests took. */
const LAST_OFFERS_MS = 1_000;

interface Running {
  server: ProxyServer;
  rules: Pick<RuleSource, "stop" | "readFileAgain">;
  ledger: LedgerClient;
  spool: Spool;
  telemetry: Telemetry | null;
  log: Log;
  lameDuckMs?: number;
  /** Time from the signal until open requests are ended. */
  hardStopMs: number;
  /** Whether this is a worker, whose primary has the word. */
  isWorker?: boolean;
}

/** What is said of a signal to stop that is repeated. */
export const describeHurry = (signal: string): string => `${signal} again: open requests are ended now.`;

/**
 * Ends the process in order. First it reports not ready but serves as before. Then it stops listening and sends
 * "closing" on every response. It lets running responses finish, then writes everything down. A second signal goes
 * straight to the hard stop. A crash writes down what it can and leaves with 70.
 */
export class Runner {
  private readonly running: Running;
  private readonly shutdown = new ShutdownSignal();
  private isHurried = false;

  constructor(running: Running) {
    this.running = running;
    process.on("uncaughtException", (problem) => void this.crash(problem));
    process.on("unhandledRejection", (problem) => void this.crash(problem));
  }

  /** Handles signals; for a process without a primary. */
  obeySignals(): void {
    process.on("SIGTERM", () => void this.stop("SIGTERM"));
    process.on("SIGINT", () => void this.stop("SIGINT"));
    process.on("SIGHUP", () => this.running.rules.readFileAgain());
  }

  async stop(signal: string): Promise<void> {
    const { log } = this.running;
    const outcome = this.shutdown.classify(performance.now());
    if (outcome === "echo") return;
    if (outcome === "again") {
      // Ctrl-C reaches this process directly, and once more from its parent. Of workers their primary says it.
      if (!this.isHurried && this.running.isWorker !== true) log.line(describeHurry(signal));
      this.isHurried = true;
      return;
    }
    const deadline = performance.now() + this.running.hardStopMs;
    await this.drainTraffic(deadline);
    await this.writeDown(deadline);
    // With the code of what ends it; 0 for a signal alone.
    process.exit();
  }

  private async drainTraffic(deadline: number): Promise<void> {
    const { server, lameDuckMs = LAME_DUCK_MS } = this.running;
    server.beginStopping();
    // Keep connections open in this phase. A balancer that has to make new ones would be making one when listening
    // ends. Without connections no peer needs the notice.
    let isAlone = (await connections(server)) === 0;
    if (!isAlone) await this.pass(lameDuckMs, deadline);
    await server.stopListening();
    server.sayGoodbye();
    // One that was accepted at the last moment has a request on its way.
    isAlone &&= (await connections(server)) === 0;
    if (!isAlone) await this.pass(LAST_REQUESTS_MS, deadline);
    await this.until(() => {
      server.closeIdleConnections();
      return server.live.openRequests === 0 || performance.now() >= deadline;
    });
    await server.close();
  }

  /**
   * Open requests have their record already; the next start finds them as interrupted. Records that only memory holds are
   * offered to disk and database until the time to stop is over, or a second signal comes; what is left is lost.
   */
  private async writeDown(deadline: number): Promise<void> {
    const { rules, spool, ledger, telemetry, log } = this.running;
    rules.stop();
    const telemetrySent = telemetry?.stop();
    await attempt(() => spool.sync());
    const until = Math.max(deadline - REST_OF_STOP_MS, performance.now() + LAST_OFFERS_MS);
    await attempt(() => spool.end(() => !this.isHurried && performance.now() < until));
    await attempt(() => ledger.stop());
    await telemetrySent;
    const { dropped } = spool.backlog();
    if (dropped > 0)
      log.error({ dropped }, "records of requests were lost: neither disk, memory nor database took them");
    log.flush();
  }

  private async crash(problem: unknown): Promise<void> {
    const { log, spool } = this.running;
    const text = problem instanceof Error ? `${problem.name}: ${problem.message}` : String(problem);
    log.error({ problem: text, stack: problem instanceof Error ? problem.stack : undefined }, "crash");
    setTimeout(() => process.exit(exitCodes.crash), 1_000).unref();
    await attempt(() => spool.sync());
    log.flush();
    process.exit(exitCodes.crash);
  }

  private pass(ms: number, deadline: number): Promise<void> {
    const end = Math.min(deadline, performance.now() + ms);
    return this.until(() => performance.now() >= end);
  }

  private async until(isReached: () => boolean): Promise<void> {
    while (!isReached() && !this.isHurried) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      // Timers come before what has arrived. A process that was held up would close a connection with a request in it.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function connections({ http }: ProxyServer): Promise<number> {
  return new Promise((resolve) => http.getConnections((_problem, count) => resolve(count)));
}

async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch {
    // The exit continues. What is on disk, the next start finds; what was only in memory is counted as dropped.
  }
}
