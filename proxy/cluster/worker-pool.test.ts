import cluster from "node:cluster";
import { expect, it, onTestFinished, vi } from "vitest";
import { LocalKeyLimiter } from "../keys/key-limiter.ts";
import type { LedgerThread } from "../ledger/client/ledger-thread.ts";
import { openLog } from "../process/log.ts";
import { WorkerPool } from "./worker-pool.ts";

it("a pool that was stopped before its workers were wanted starts none, for the primary to end at once", async () => {
  const fork = vi.spyOn(cluster, "fork").mockImplementation(() => {
    throw new Error("a worker was started");
  });
  onTestFinished(() => fork.mockRestore());
  const pool = new WorkerPool({
    count: 3,
    instanceId: "ins_1",
    startedAtMs: 0,
    rules: () => ({
      prices: null,
      text: "",
      version: 1,
      generation: 1,
      pinsValidFrom: 0,
      appliedNow: 0,
      sinceMs: 0,
      fault: null,
    }),
    ledger: {} as LedgerThread,
    keyLimiter: new LocalKeyLimiter(),
    log: openLog("silent"),
    giveUp: () => {},
  });

  await pool.stop("SIGTERM", 1_000);

  expect(await pool.begin()).toBeNull();
});
