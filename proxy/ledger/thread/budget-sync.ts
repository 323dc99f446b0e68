import { performance } from "node:perf_hooks";
import { findBudgetPeriod } from "#core/access/budget-period.ts";
import { HOLDER_DIMS, type HolderKind, ORGANISATION, toCounterName } from "#core/access/limit-holder.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { splitByBilling } from "#core/costs/cost-totals.ts";
import { dayStartMs, toDayKey } from "#core/time/instant.ts";
import { findEventIds } from "#store/events.ts";
import { sumRollupDays } from "#store/rollups.ts";
import type { SqlConnection } from "#store/sql.ts";
import type { SpendingSums, Unrecorded } from "../../keys/spending.ts";
import { type Budgeted, findBudgeted, findCounters, toUnrecorded } from "../budgeted-holders.ts";
import type { ControlState } from "../control-state.ts";
import type { LedgerEvent, SpoolReach } from "../messages.ts";

const POLL_EVERY_MS = 1_000;
/**
 * Interval for reading the sums of days that are over. They change only when records come late. Late records of this
 * instance are noticed; those of other instances are read at this interval.
 */
const PAST_EVERY_MS = 60_000;

type Sums = Map<string, { cost: number; plan: number }>;

/**
 * Reads what holders of a budget have spent in this period on all instances. Also says which events of this instance
 * are in these sums.
 */
export class BudgetSync {
  private polledTick = Number.NEGATIVE_INFINITY;
  /** The days before this one: read once for all polls of a minute, for a month has many rows. */
  private past: { of: string; todayMs: number; readTick: number; sums: Sums } | null = null;
  private budgeted: { of: ControlState; by: Budgeted } | null = null;
  /**
   * All holders that have had a budget since the start. Their requests may be under way, or counted, when the budget is
   * taken away and given back.
   */
  private readonly ever = new Map<HolderKind, Set<string> | null>();

  constructor(private readonly post: (message: LedgerEvent) => void) {}

  /**
   * These events are in the database. Sent at once, before their records are removed from the spool: a thread that fails in
   * between reads them again, and the next one names them.
   */
  committed(events: readonly RequestEvent[], state: ControlState | null): void {
    const budgeted = this.collectBudgeted(state);
    if (budgeted === null) return;
    const { past } = this;
    if (past !== null && events.some(({ startedAtMs }) => startedAtMs < past.todayMs)) this.past = null;
    const ids = events.filter((event) => findCounters(budgeted, event).length > 0).map(({ id }) => id);
    if (ids.length > 0) this.post({ kind: "committed", ids });
  }

  /**
   * The first sums, and what waits in spools that they do not hold: which events are recorded, the database says.
   * Posted together, before any state that names a budget.
   */
  async begin(
    connection: SqlConnection,
    { state, zone, reach }: { state: ControlState | null; zone: string; reach(): SpoolReach },
    waiting: () => AsyncIterable<RequestEvent[]>,
  ): Promise<void> {
    const budgeted = this.collectBudgeted(state);
    if (budgeted === null) return;
    this.polledTick = performance.now();
    const sums = await this.readSums(connection, budgeted, zone, null);
    const recorded: string[][] = [];
    const unrecorded: Unrecorded[][] = [];
    // Read the waiting spools after the sums. What another process commits in between is missing for a second, and not
    // counted twice for longer.
    for await (const events of waiting()) {
      const requests = toUnrecorded(budgeted, events);
      const asked = new Set(requests.map(({ settled }) => settled.id));
      const ids = await findEventIds(
        connection,
        events.filter(({ id }) => asked.has(id)),
      );
      recorded.push([...ids]);
      unrecorded.push(requests.filter(({ settled }) => !ids.has(settled.id)));
    }
    for (const ids of recorded) if (ids.length > 0) this.post({ kind: "committed", ids });
    this.post({ kind: "spending", told: sums, reach: reach() });
    for (const requests of unrecorded) if (requests.length > 0) this.post({ kind: "unrecorded", requests });
  }

  /** `drainingSinceTick`: what was on the disk then is committed; null when there is more to drain. */
  async poll(
    connection: SqlConnection,
    state: ControlState | null,
    zone: string,
    drainingSinceTick: number | null,
    reach: () => SpoolReach = () => [],
  ): Promise<void> {
    const tick = performance.now();
    const budgeted = this.collectBudgeted(state);
    if (budgeted === null || tick - this.polledTick < POLL_EVERY_MS) return;
    this.polledTick = tick;
    const sums = await this.readSums(connection, budgeted, zone, drainingSinceTick);
    this.post({ kind: "spending", told: sums, reach: reach() });
  }

  /** The next poll reads, however soon it comes. */
  lookAgain(): void {
    this.polledTick = Number.NEGATIVE_INFINITY;
  }

  private async readSums(
    connection: SqlConnection,
    budgeted: Budgeted,
    zone: string,
    drainingSinceTick: number | null,
  ): Promise<SpendingSums> {
    const nowMs = Date.now();
    const { fromDay, toDay, fromMs, endsAtMs } = findBudgetPeriod("month", nowMs, zone);
    const today = toDayKey(nowMs, zone);
    const past = await this.pastSums(connection, budgeted, { fromDay, today, zone });
    const sums = await readHolderSums(connection, budgeted, today, toDay);
    for (const [counter, { cost, plan }] of past) addTo(sums, counter, cost, plan);
    const byHolder = [...sums].map(([counter, { cost, plan }]) => [counter, cost, plan] as const);
    const drainedAgoMs = drainingSinceTick === null ? null : performance.now() - drainingSinceTick;
    return { fromMs, endsAtMs, drainedAgoMs, byHolder };
  }

  private async pastSums(
    connection: SqlConnection,
    budgeted: Budgeted,
    { fromDay, today, zone }: { fromDay: string; today: string; zone: string },
  ): Promise<Sums> {
    const of = JSON.stringify([zone, today, [...budgeted].map(([kind, ids]) => [kind, ids && [...ids]])]);
    const tick = performance.now();
    if (this.past?.of === of && tick - this.past.readTick < PAST_EVERY_MS) return this.past.sums;
    const sums = await readHolderSums(connection, budgeted, fromDay, today);
    this.past = { of, todayMs: dayStartMs(today, zone), readTick: tick, sums };
    return sums;
  }

  /** Who has, or since the start has had, a budget. Null: no holder. */
  private collectBudgeted(state: ControlState | null): Budgeted | null {
    if (state === null) return null;
    if (this.budgeted?.of !== state) {
      for (const [kind, ids] of findBudgeted(state)) {
        const known = this.ever.get(kind);
        if (ids === null || known === null) this.ever.set(kind, null);
        else this.ever.set(kind, new Set([...(known ?? []), ...ids]));
      }
      this.budgeted = { of: state, by: new Map(this.ever) };
      // A budget that is new here holds from now on, not from the next poll on.
      this.polledTick = Number.NEGATIVE_INFINITY;
    }
    return this.budgeted.by.size === 0 ? null : this.budgeted.by;
  }
}

/** One query however many kinds of holders there are: each row belongs to at most one holder of a kind. */
async function readHolderSums(
  connection: SqlConnection,
  budgeted: Budgeted,
  fromDay: string,
  toDay: string,
): Promise<Sums> {
  const sums: Sums = new Map();
  if (fromDay === toDay) return sums;
  const kinds = [...budgeted.keys()];
  const byKind = kinds.map((kind) => HOLDER_DIMS[kind]).filter((dim) => dim !== null);
  const [kind] = kinds;
  const [dim] = byKind;
  const ids = kinds.length === 1 && kind !== undefined ? budgeted.get(kind) : null;
  const filters = ids && dim !== undefined ? { [dim]: [...ids] } : {};
  const dims = [...byKind, "billingMode" as const];
  for (const row of await sumRollupDays(connection, { fromDay, toDay, filters }, dims)) {
    const { cost, planValue } = splitByBilling(row.billingMode, row);
    for (const [one, wanted] of budgeted) {
      const own = HOLDER_DIMS[one];
      const id = own === null ? ORGANISATION : row[own];
      if (id === "" || (wanted !== null && !wanted.has(id))) continue;
      addTo(sums, toCounterName({ kind: one, id }), Number(cost), Number(planValue));
    }
  }
  return sums;
}

function addTo(sums: Sums, counter: string, cost: number, plan: number): void {
  const sum = sums.get(counter) ?? { cost: 0, plan: 0 };
  sums.set(counter, { cost: sum.cost + cost, plan: sum.plan + plan });
}
