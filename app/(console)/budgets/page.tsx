import type { Metadata } from "next";
import { firstData, Hydrated } from "#app/_data/hydrated.tsx";
import { requireActor } from "#app/_server/page-actor.ts";
import { whyNot } from "#app/_server/who-may.ts";
import { paths } from "#app/paths.ts";
import { listBudgets } from "#control/budgets/list.ts";
import { controlDeps } from "#control/deps.ts";
import { may } from "#core/access/permissions.ts";
import { NotAllowed } from "../_parts/not-allowed.tsx";
import { BudgetsClient } from "./client.tsx";
import { budgetQueries } from "./queries.ts";
import { readView, viewParams } from "./url.ts";

export const metadata: Metadata = { title: "Budgets" };

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Page of the budgets: what is left of each, where it lands, and who spent it. */
export default async function BudgetsPage({ searchParams }: { searchParams: Search }) {
  const view = readView(await searchParams);
  const actor = await requireActor(paths.budgets(viewParams(view)));
  const deps = await controlDeps();
  const why = await whyNot(actor, "budgets.read", deps);
  if (why) return <NotAllowed title="Budgets" why={why} />;
  const [list, whyNoRaise] = await Promise.all([listBudgets(actor, deps), whyNot(actor, "budgets.raise", deps)]);
  return (
    <Hydrated first={[firstData(budgetQueries.list(), list)]}>
      <BudgetsClient
        whyNoRaise={whyNoRaise}
        canExport={may(actor, "costs.export")}
        canSet={may(actor, "limits.manage")}
      />
    </Hydrated>
  );
}
