import { queryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import type { BudgetsView, BudgetView } from "#control/budgets/list.ts";
import type { SpendersView } from "#control/budgets/spenders.ts";

export type { BudgetsView, BudgetView, StepView } from "#control/budgets/list.ts";
export type { RaiseView } from "#control/budgets/raise-view.ts";
export type { SpendersView } from "#control/budgets/spenders.ts";

/** Spending moves while the page is open. */
const REFRESH_MS = 30_000;

export const budgetQueries = {
  all: () => ["budgets"] as const,
  list: () =>
    queryOptions({
      queryKey: [...budgetQueries.all(), "list"],
      queryFn: ({ signal }) => getJson<BudgetsView>("/api/budgets", {}, signal),
      refetchInterval: REFRESH_MS,
    }),
  spenders: ({ kind, holder, unit }: Pick<BudgetView, "kind" | "holder" | "unit">) =>
    queryOptions({
      queryKey: [...budgetQueries.all(), "spenders", kind, holder, unit],
      queryFn: ({ signal }) => getJson<SpendersView>("/api/budgets/spenders", { kind, holder, unit }, signal),
      refetchInterval: REFRESH_MS,
    }),
};
