import { performance } from "node:perf_hooks";
import { addMonths, dayKeyOf, dayStartMs } from "#core/time/instant.ts";
import { sumRollupDays } from "#store/rollups.ts";
import type { SqlConnection } from "#store/sql-connection.ts";
import type { ControlState } from "./control-state.ts";
import type { FromWorker } from "./messages.ts";

const POLL_EVERY_MS = 1_000;
/** A record is on disk within a turn of the event loop after its request is settled; a slow disk may take its time. */
const WRITTEN_WITHIN_MS = 1_000;

/** Tells what keys that have a budget have spent in this month, on all instances. */
export class BudgetDesk {
  private polledTick = Number.NEGATIVE_INFINITY;

  constructor(private readonly post: (message: FromWorker) => void) {}

  /** `drainedAtMs`: the spool was empty after this moment; null when it was not, and the sums would be nobody's. */
  async poll(
    connection: SqlConnection,
    state: ControlState | null,
    zone: string,
    drainedAtMs: number | null,
  ): Promise<void> {
    const tick = performance.now();
    const keys = (state?.proxyKeys ?? []).filter(({ limits }) => (limits?.monthlyBudgetNanoUsd ?? null) !== null);
    if (keys.length === 0 || drainedAtMs === null || tick - this.polledTick < POLL_EVERY_MS) return;
    this.polledTick = tick;
    const fromDay = `${dayKeyOf(drainedAtMs, zone).slice(0, 7)}-01`;
    const toDay = addMonths(fromDay, 1);
    const filters = { proxyKeyId: keys.map(({ id }) => id) };
    const rows = await sumRollupDays(connection, { fromDay, toDay, filters }, ["proxyKeyId"]);
    const byKey = rows.map(({ proxyKeyId, costNanoUsd }) => [proxyKeyId, Number(costNanoUsd)] as const);
    const told = { drainedUpToMs: drainedAtMs - WRITTEN_WITHIN_MS, endsAtMs: dayStartMs(toDay, zone), byKey };
    this.post({ kind: "spending", told });
  }
}
