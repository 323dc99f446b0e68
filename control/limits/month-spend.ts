import { type BudgetPeriod, findBudgetPeriod } from "#core/access/budget-period.ts";
import { type HolderKind, toCounterName } from "#core/access/limit-holder.ts";
import { splitByBilling } from "#core/costs/cost-totals.ts";
import { parseRange } from "#core/time/range.ts";
import { dayRows } from "../costs/rows.ts";
import type { ControlDeps } from "../deps.ts";
import { reportingZone } from "../settings/read.ts";

/** Spending of a holder in the month, as Costs shows it for the same filter; decimal strings of nano-dollars. */
export interface Spent {
  costNanoUsd: string;
  planValueNanoUsd: string;
  /** Requests without a known price; they are in neither amount. */
  unpriced: number;
}

export interface MonthSpend {
  period: BudgetPeriod & { zone: string };
  /** Spending of one holder; zero without a record. */
  of(kind: HolderKind, id: string): Spent;
  /** Names with traffic in the month, in no order. */
  seen: { teams: string[]; projects: string[] };
}

const dimOf = { key: "proxyKeyId", person: "personId", team: "team", project: "project" } as const;
const kinds = Object.keys(dimOf) as HolderKind[];

interface Sum {
  cost: bigint;
  planValue: bigint;
  unpriced: bigint;
}

/**
 * Reads the spending of every key, person, team and project in the current month of the reporting zone, in one pass
 * over the rows that Costs sums.
 */
export async function readMonthSpend(deps: ControlDeps): Promise<MonthSpend> {
  const zone = await reportingZone(deps);
  const nowMs = deps.now().getTime();
  const period = findBudgetPeriod("month", nowMs, zone);
  const range = parseRange(`${period.fromDay}..${period.toDay}`, zone, nowMs);
  const rows = await dayRows({ range, filter: {} }, ["proxyKeyId", "personId", "team", "project"], deps);
  const sums = new Map<string, Sum>();
  const seen = { teams: new Set<string>(), projects: new Set<string>() };
  for (const row of rows) {
    const { cost, planValue } = splitByBilling(row.billingMode, row);
    if (row.team !== "") seen.teams.add(row.team);
    if (row.project !== "") seen.projects.add(row.project);
    for (const kind of kinds) addTo(sums, toCounterName({ kind, id: row[dimOf[kind]] }), cost, planValue, row.unpriced);
  }
  return {
    period: { ...period, zone },
    seen: { teams: [...seen.teams], projects: [...seen.projects] },
    of: (kind, id) => {
      const sum = sums.get(toCounterName({ kind, id }));
      return {
        costNanoUsd: String(sum?.cost ?? 0n),
        planValueNanoUsd: String(sum?.planValue ?? 0n),
        unpriced: Number(sum?.unpriced ?? 0n),
      };
    },
  };
}

function addTo(sums: Map<string, Sum>, counter: string, cost: bigint, planValue: bigint, unpriced: bigint): void {
  const sum = sums.get(counter) ?? { cost: 0n, planValue: 0n, unpriced: 0n };
  sum.cost += cost;
  sum.planValue += planValue;
  sum.unpriced += unpriced;
  sums.set(counter, sum);
}
