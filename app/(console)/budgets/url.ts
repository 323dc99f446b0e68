/** What the page shows, kept in the address. */
export interface BudgetsPageView {
  /** Id of the budget that is opened; null: the one that needs a look most. */
  budget: string | null;
}

type Params = Record<string, string | string[] | undefined>;

/** Parses search parameters. An unknown budget opens the one that needs a look most. */
export function readView(params: Params): BudgetsPageView {
  const budget = [params.budget].flat()[0] ?? null;
  return { budget: budget === null || budget.length > 300 ? null : budget };
}

export const viewParams = ({ budget }: BudgetsPageView): Record<string, string> => (budget === null ? {} : { budget });
