import { type BudgetPeriod, findBudgetPeriod } from "#core/access/budget-period.ts";
import { type RaisedBy, RaisesInForce } from "#core/access/budget-raise.ts";
import { HOLDER_DIMS, type HolderKind, holderKinds, ORGANISATION, toCounterName } from "#core/access/limit-holder.ts";
import { addMoney, deriveMoney, type MoneySums, noMoney } from "#core/costs/known-money.ts";
import { parseRange } from "#core/time/range.ts";
import { listBudgetRaises } from "#store/budget-raises.ts";
import { dayRows } from "../costs/rows.ts";
import type { ControlDeps } from "../deps.ts";
import { reportingZone } from "../settings/read.ts";

/**
 * Spending of a holder in the month, as Costs shows it for the same filter. Amounts are decimal strings of
 * nano-dollars, null where not known.
 */
export interface Spent {
  costNanoUsd: string | null;
  planValueNanoUsd: string | null;
  /** Requests without a known price; they are in neither amount. */
  unpriced: number;
  /** Of those, the ones of subscription traffic: missing in the plan value, not in the cost. */
  planUnpriced: number;
  /** By how much the budgets of the holder are larger at this moment; missing where neither is. */
  raisedBy?: RaisedBy;
}

export interface MonthSpend {
  period: BudgetPeriod & { zone: string };
  /** Spending of one holder; zero without a record. */
  of(kind: HolderKind, id: string): Spent;
  /** Names with traffic in the month, in no order. */
  seen: { teams: string[]; projects: string[] };
}

const nothing = deriveMoney(noMoney());

/**
 * Reads the spending of every holder of limits in the current month, whether it has any. The month is that of the
 * reporting zone. Each kind of holder is read from the rows that Costs sums for it.
 */
export async function readMonthSpend(deps: ControlDeps): Promise<MonthSpend> {
  const zone = await reportingZone(deps);
  const nowMs = deps.now().getTime();
  const period = findBudgetPeriod("month", nowMs, zone);
  const range = parseRange(`${period.fromDay}..${period.toDay}`, zone, nowMs);
  const sums = new Map<string, MoneySums>();
  const seen = { team: new Set<string>(), project: new Set<string>() };
  const readKind = async (kind: HolderKind) => {
    const dim = HOLDER_DIMS[kind];
    for (const row of await dayRows({ range, filter: {} }, dim === null ? [] : [dim], deps)) {
      const id = dim === null ? ORGANISATION : row[dim];
      if ((kind === "team" || kind === "project") && id !== "") seen[kind].add(id);
      const name = toCounterName({ kind, id });
      const sum = sums.get(name) ?? noMoney();
      sums.set(name, sum);
      addMoney(sum, row);
    }
  };
  const [raised] = await Promise.all([listBudgetRaises(deps.db, nowMs), ...holderKinds.map(readKind)]);
  const raises = new RaisesInForce(raised, nowMs);
  return {
    period: { ...period, zone },
    seen: { teams: [...seen.team], projects: [...seen.project] },
    of: (kind, id) => {
      const sum = sums.get(toCounterName({ kind, id }));
      const { cost, planValue } = sum === undefined ? nothing : deriveMoney(sum);
      const raisedBy = raises.find(kind, id);
      return {
        costNanoUsd: cost?.toString() ?? null,
        planValueNanoUsd: planValue?.toString() ?? null,
        unpriced: sum === undefined ? 0 : Number(sum.metered.unpriced + sum.plan.unpriced),
        planUnpriced: Number(sum?.plan.unpriced ?? 0n),
        ...(raisedBy.dollars > 0 || raisedBy.plan > 0 ? { raisedBy } : {}),
      };
    },
  };
}
