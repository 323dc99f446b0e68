import { weekdayLabel } from "#core/costs/slots.ts";
import { formatMoney } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { BudgetsView, BudgetView, StepView } from "./queries.ts";

const KINDS = {
  team: "team",
  project: "project",
  person: "person",
  key: "proxy key",
  organisation: "organisation",
} as const;

/** "team, month", "person by default, month, plan value". */
export function budgetNote({ kind, isDefault, unit, raises }: BudgetView, thisYear: string): string {
  const last = raises
    .map(({ untilDay }) => untilDay)
    .sort()
    .at(-1);
  return [
    `${KINDS[kind]}${isDefault ? " by default" : ""}`,
    "month",
    ...(unit === "plan" ? ["plan value"] : []),
    ...(last === undefined ? [] : [`raised to ${formatDay(last, thisYear)}`]),
  ].join(", ");
}

/** "Thu 26 Nov", with its year unless it is this one. */
export const formatDay = (day: string, thisYear: string): string => weekdayLabel(day, thisYear);

/** The step at which requests are refused. */
export const findLast = ({ steps }: BudgetView): StepView => steps[steps.length - 1] as StepView;

export const isBlocked = (budget: BudgetView): boolean => findLast(budget).breach.kind === "reached";
export const breaks = (budget: BudgetView): boolean => findLast(budget).breach.kind === "breaks";

/** When the budget is used up, as a cell says it. A budget that cannot be projected may break any day. */
export function formatBreach(budget: BudgetView, thisYear: string): { text: string; isBad: boolean } {
  const { breach, reachedDay } = findLast(budget);
  switch (breach.kind) {
    case "reached":
      return { text: reachedDay === null ? "reached" : formatDay(reachedDay, thisYear), isBad: true };
    case "breaks":
      return { text: formatDay(breach.day, thisYear), isBad: true };
    case "may-break":
      return { text: "may break", isBad: false };
    case "holds":
      return { text: "no breach", isBad: false };
    case "unknown":
      return { text: "cannot project", isBad: false };
  }
}

/** The state of a budget, and the tone of its badge. */
export function stateWords({ steps, share }: BudgetView): { text: string; tone: "neutral" | "warn" | "danger" } {
  if (share >= 1) return { text: "Blocked", tone: "danger" };
  const over = steps.filter(({ breach }) => breach.kind === "reached").at(-1);
  if (over !== undefined) return { text: `Over ${over.percent}%`, tone: "warn" };
  return { text: "Within limit", tone: "neutral" };
}

/** Orders budgets by how soon they need a look: blocked, breaking by day, then by share. */
export const sortByUrgency = (budgets: readonly BudgetView[]): BudgetView[] =>
  [...budgets].sort((a, b) => toRank(a).localeCompare(toRank(b), "en") || b.share - a.share || (a.id < b.id ? -1 : 1));

function toRank(budget: BudgetView): string {
  const { breach } = findLast(budget);
  if (breach.kind === "reached") return "0";
  if (breach.kind === "breaks") return `1 ${breach.day}`;
  return breach.kind === "may-break" ? `2 ${breach.earliestDay}` : "3";
}

/** Why there is no forecast: that is not the same as a budget that holds. */
export function noForecastWords(landing: BudgetView["landing"]): string | null {
  if (landing.kind === "projected") return null;
  const have = formatCounted(landing.daysKnown, "day");
  return landing.why === "too-few-days"
    ? `No forecast yet: it needs ${landing.daysNeeded} whole days since the first spending, and there are ${landing.daysKnown}. That does not mean that the budget holds.`
    : `No forecast: the price of too many days is not known (${have} of ${landing.daysNeeded} known). That does not mean that the budget holds.`;
}

/** What the chart says, for those who do not see it. */
export function chartSentence(budget: BudgetView, period: BudgetsView["period"]): string {
  const year = period.today.slice(0, 4);
  const { landing } = budget;
  const lands =
    landing.kind === "projected"
      ? `It lands at ${formatMoney(landing.landsNanoUsd)}, in eight of ten cases between ${formatMoney(landing.lowNanoUsd)} and ${formatMoney(landing.highNanoUsd)}.`
      : "It cannot be projected.";
  const { text } = formatBreach(budget, year);
  return `${budget.name}: ${formatMoney(budget.spentNanoUsd)} of ${formatMoney(budget.limitNanoUsd)} spent. ${lands} Breach: ${text}.`;
}
