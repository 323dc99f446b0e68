"use client";

import { useQueryClient } from "@tanstack/react-query";
import { sendJson } from "#app/_data/get-json.ts";
import { useAction } from "#app/_data/use-action.ts";
import { Button } from "#app/_ui/button.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { formatMoney } from "#core/report/format.ts";
import { dayLabel } from "#core/time/range.ts";
import { type BudgetView, budgetQueries, type RaiseView } from "./queries.ts";

/** Raises of a budget that hold now, each with its end and a way to end it at once. */
export function RaiseList({ budget, whyNoRaise }: { budget: BudgetView; whyNoRaise: string | null }) {
  if (budget.raises.length === 0) return null;
  return (
    <ul aria-label="Raises in force" className="divide-y divide-line border-t border-line">
      {budget.raises.map((raise) => (
        <RaiseRow key={raise.id} raise={raise} name={budget.name} whyNoRaise={whyNoRaise} />
      ))}
    </ul>
  );
}

function RaiseRow({ raise, name, whyNoRaise }: { raise: RaiseView; name: string; whyNoRaise: string | null }) {
  const client = useQueryClient();
  const end = useAction("The raise was not ended", async () => {
    await sendJson("DELETE", `/api/budgets/raises/${raise.id}`);
    await client.invalidateQueries({ queryKey: budgetQueries.all() });
    toast(`The raise of ${name} has ended`);
  });
  const thisYear = raise.createdAt.slice(0, 4);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 lg:px-5">
      <span className="tn font-medium">+ {formatMoney(raise.nanoUsd)}</span>
      <span className="text-xs text-ink2">
        until {dayLabel(raise.untilDay, thisYear)} is over, by {raise.by}
      </span>
      <Button look="quiet" className="ml-auto" why={whyNoRaise} busy={end.busy} onClick={() => void end.run()}>
        End now
      </Button>
    </li>
  );
}
