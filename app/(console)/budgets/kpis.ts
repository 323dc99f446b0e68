import { chartDollars, formatMissing, formatMoney, formatMoneyExact } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { Kpi } from "../_parts/kpi.ts";
import type { BudgetsView } from "./queries.ts";
import { breaks, findLast, formatDay, isBlocked, sortByUrgency } from "./words.ts";

/** Key figures: where all spending lands, what breaks, what is used up, what is raised. */
export function budgetKpis(view: BudgetsView): Kpi[] {
  return [totalKpi(view), breachKpi(view), blockedKpi(view), raisedKpi(view)];
}

function totalKpi({ organisation, total, period }: BudgetsView): Kpi {
  const { landing, spentNanoUsd } = total;
  const isProjected = landing.kind === "projected";
  return {
    label: organisation || "Organisation",
    value: formatMoney(spentNanoUsd),
    exact: formatMoneyExact(spentNanoUsd),
    lead: null,
    note: `${isProjected ? `lands ${formatMoney(landing.landsNanoUsd)}` : "cannot be projected yet"}${formatMissing(spentNanoUsd, total.unpriced)}`,
    foot: isProjected
      ? `80% band ${formatMoney(landing.lowNanoUsd)} – ${formatMoney(landing.highNanoUsd)}`
      : `paid since ${formatDay(period.fromDay, period.today.slice(0, 4))}`,
    chart: {
      kind: "bars",
      values: total.days.map(({ nanoUsd }) => (nanoUsd === null ? null : chartDollars(nanoUsd))),
    },
  };
}

function breachKpi({ budgets, period }: BudgetsView): Kpi {
  const breaking = sortByUrgency(budgets).filter(breaks);
  const unknown = budgets.filter((budget) => findLast(budget).breach.kind === "unknown").length;
  const [first] = breaking;
  const breach = first && findLast(first).breach;
  return {
    label: "Will break",
    value: String(breaking.length),
    exact: null,
    lead:
      first && breach?.kind === "breaks"
        ? { text: `${first.name} on ${formatDay(breach.day, period.today.slice(0, 4))}`, tone: "bad" }
        : null,
    note: first ? "" : `of ${formatCounted(budgets.length, "budget")}`,
    foot: unknown > 0 ? `${unknown} cannot be projected` : "all can be projected",
    chart: { kind: "share", share: budgets.length === 0 ? null : breaking.length / budgets.length, tick: null },
  };
}

function blockedKpi({ budgets }: BudgetsView): Kpi {
  const blocked = sortByUrgency(budgets).filter(isBlocked);
  const nearly = budgets.filter((budget) => !isBlocked(budget) && budget.share >= 0.75).length;
  const [first] = blocked;
  return {
    label: "Used up",
    value: String(blocked.length),
    exact: null,
    lead: first ? { text: first.name, tone: "bad" } : null,
    note: first ? (blocked.length > 1 ? `and ${blocked.length - 1} more` : "is blocked") : "nothing is blocked",
    foot: `${nearly} over 75%`,
    chart: { kind: "share", share: budgets.length === 0 ? null : blocked.length / budgets.length, tick: null },
  };
}

function raisedKpi({ budgets, period }: BudgetsView): Kpi {
  const raises = budgets.flatMap((budget) => budget.raises);
  const sum = raises.reduce((all, { nanoUsd }) => all + BigInt(nanoUsd), 0n);
  const first = raises.map(({ untilDay }) => untilDay).sort()[0];
  const raised = budgets.filter((budget) => budget.raises.length > 0).length;
  return {
    label: "Raised now",
    value: formatMoney(sum),
    exact: formatMoneyExact(sum),
    lead: null,
    note: raises.length === 0 ? "no raise is in force" : `in ${formatCounted(raises.length, "raise")}`,
    foot: first === undefined ? "" : `first until ${formatDay(first, period.today.slice(0, 4))}`,
    chart: { kind: "share", share: budgets.length === 0 ? null : raised / budgets.length, tick: null },
  };
}
