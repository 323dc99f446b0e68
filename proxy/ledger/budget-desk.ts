import { performance } from "node:perf_hooks";
import { splitByBilling } from "#core/costs/cost-totals.ts";
import { addDays, addMonths, dayKeyOf, dayStartMs } from "#core/time/instant.ts";
import { sumRollupDays } from "#store/rollups.ts";
import type { SqlConnection } from "#store/sql-connection.ts";
import type { ControlState } from "./control-state.ts";
import type { FromWorker } from "./messages.ts";

const POLL_EVERY_MS = 1_000;
/** Days that are over change only when somebody's records come late. */
const PAST_EVERY_MS = 60_000;
/** A record is on disk within a turn of the event loop after its request is settled; a slow disk may take its time. */
const WRITTEN_WITHIN_MS = 1_000;

/** Key id -> nano-dollars. */
type Sums = ReadonlyMap<string, number>;

/** Tells what keys that have a budget have spent in this month, on all instances. */
export class BudgetDesk {
  private polledTick = Number.NEGATIVE_INFINITY;
  /** The days before this one: read once for all polls of a minute, for a month has many rows. */
  private past: { of: string; readTick: number; sums: Sums } | null = null;

  constructor(private readonly post: (message: FromWorker) => void) {}

  /** `drainedAtMs`: the spool was empty after this moment; null when it was not, and the sums would be nobody's. */
  async poll(
    connection: SqlConnection,
    state: ControlState | null,
    zone: string,
    drainedAtMs: number | null,
  ): Promise<void> {
    const tick = performance.now();
    const limited = (state?.proxyKeys ?? []).filter(({ limits }) => (limits?.monthlyBudgetNanoUsd ?? null) !== null);
    if (limited.length === 0 || drainedAtMs === null || tick - this.polledTick < POLL_EVERY_MS) return;
    this.polledTick = tick;
    const keys = limited.map(({ id }) => id);
    const today = dayKeyOf(drainedAtMs, zone);
    const past = await this.pastSums(connection, keys, today, zone);
    const sums = await sumsOf(connection, keys, today, addDays(today, 1));
    const byKey = keys.map((key) => [key, (past.get(key) ?? 0) + (sums.get(key) ?? 0)] as const);
    const endsAtMs = dayStartMs(addMonths(firstOf(today), 1), zone);
    this.post({ kind: "spending", told: { drainedUpToMs: drainedAtMs - WRITTEN_WITHIN_MS, endsAtMs, byKey } });
  }

  private async pastSums(
    connection: SqlConnection,
    keys: readonly string[],
    today: string,
    zone: string,
  ): Promise<Sums> {
    const of = [zone, today, ...keys].join("\n");
    const tick = performance.now();
    if (this.past?.of === of && tick - this.past.readTick < PAST_EVERY_MS) return this.past.sums;
    this.past = { of, readTick: tick, sums: await sumsOf(connection, keys, firstOf(today), today) };
    return this.past.sums;
  }
}

const firstOf = (day: string): string => `${day.slice(0, 7)}-01`;

async function sumsOf(
  connection: SqlConnection,
  keys: readonly string[],
  fromDay: string,
  toDay: string,
): Promise<Sums> {
  if (fromDay === toDay) return new Map();
  const filters = { proxyKeyId: keys };
  const rows = await sumRollupDays(connection, { fromDay, toDay, filters }, ["proxyKeyId", "billingMode"]);
  const sums = new Map<string, number>();
  for (const row of rows) {
    const { cost } = splitByBilling(row.billingMode, row);
    sums.set(row.proxyKeyId, (sums.get(row.proxyKeyId) ?? 0) + Number(cost));
  }
  return sums;
}
