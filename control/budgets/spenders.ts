import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { findBudgetPeriod } from "#core/access/budget-period.ts";
import { type BudgetUnit, budgetUnits } from "#core/access/budget-raise.ts";
import { type HolderKind, holderKinds } from "#core/access/limit-holder.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { CostGroup } from "#core/costs/cost-table.ts";
import { addMoney, deriveMoney, type MoneySums, noMoney } from "#core/costs/known-money.ts";
import { parseRange } from "#core/time/range.ts";
import { columnOf, describeRows } from "../costs/group-rows.ts";
import { dayRows } from "../costs/rows.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { reportingZone } from "../settings/read.ts";

export const spendersInput = z.object({
  kind: z.enum(holderKinds, "Choose key, person, team, project or organisation."),
  holder: z.string("Name the holder.").min(1, "Name the holder.").max(256, "Use at most 256 characters."),
  unit: z.enum(budgetUnits, "Choose dollars or plan.").default("dollars"),
});

/** Part of what a budget has spent. Amounts are decimal strings of nano-dollars, null where not known. */
interface SpenderView {
  /** Id or name, for links; empty where the requests name none. */
  key: string;
  label: string;
  nanoUsd: string | null;
}

export interface SpendersView {
  by: { group: SpenderGroup; rows: SpenderView[] }[];
}

type SpenderGroup = Extract<CostGroup, "person" | "project" | "model" | "team">;

/** What a budget's spending is divided by: who and what, without what all of it has in common. */
const groupsOf: Record<HolderKind, readonly SpenderGroup[]> = {
  team: ["person", "project", "model"],
  project: ["person", "team", "model"],
  person: ["project", "model"],
  key: ["project", "model"],
  organisation: ["team", "project", "person", "model"],
};

/** Lists who and what spent a budget in its period, the most first. */
export async function readSpenders(actor: Actor, input: unknown, deps: ControlDeps): Promise<SpendersView> {
  requirePermission(actor, "budgets.read");
  const { kind, holder, unit } = parseInput(spendersInput, input);
  const zone = await reportingZone(deps);
  const nowMs = deps.now().getTime();
  const { fromDay, toDay } = findBudgetPeriod("month", nowMs, zone);
  const range = parseRange(`${fromDay}..${toDay}`, zone, nowMs);
  const readGroup = async (group: SpenderGroup) => {
    const column = columnOf[group];
    const sums = new Map<string, MoneySums>();
    for (const row of await dayRows(
      { range, filter: kind === "organisation" ? {} : { [kind]: [holder] } },
      [column],
      deps,
    )) {
      const sum = sums.get(row[column]) ?? noMoney();
      sums.set(row[column], sum);
      addMoney(sum, row);
    }
    const describe = await describeRows(group, sums.keys(), fromDay.slice(0, 4), deps);
    const rows = [...sums].map(([key, sum]) => ({ key, label: describe(key).label, nanoUsd: toAmount(sum, unit) }));
    return { group, rows: sortByAmount(rows.filter(({ nanoUsd }) => nanoUsd !== 0n)).map(toView) };
  };
  return { by: await Promise.all(groupsOf[kind].map(readGroup)) };
}

function toAmount(sum: MoneySums, unit: BudgetUnit): bigint | null {
  const { cost, planValue } = deriveMoney(sum);
  return unit === "dollars" ? cost : planValue;
}

type Row = Omit<SpenderView, "nanoUsd"> & { nanoUsd: bigint | null };

/** The largest first, unknown ones last. */
const sortByAmount = (rows: Row[]): Row[] =>
  rows.sort((a, b) => (a.nanoUsd === b.nanoUsd ? a.label.localeCompare(b.label, "en") : compare(b.nanoUsd, a.nanoUsd)));

const compare = (a: bigint | null, b: bigint | null): number => ((a ?? -1n) < (b ?? -1n) ? -1 : 1);

const toView = (row: Row): SpenderView => ({ ...row, nanoUsd: row.nanoUsd?.toString() ?? null });
