"use client";

import { useQueryClient } from "@tanstack/react-query";
import { sendJson } from "#app/_data/get-json.ts";
import { useForm } from "#app/_data/use-form.ts";
import { Dialog } from "#app/_ui/dialog.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { DialogForm } from "#app/_ui/form.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { addDays } from "#core/time/instant.ts";
import { parseDollars } from "../_parts/limits-form.ts";
import { type BudgetsView, type BudgetView, budgetQueries } from "./queries.ts";

/** Dialog that makes a budget larger until a day is over. */
export function RaiseDialog({
  budget,
  period,
  onClose,
}: {
  budget: BudgetView;
  period: BudgetsView["period"];
  onClose: () => void;
}) {
  const client = useQueryClient();
  const form = useForm({ by: "20", until: addDays(period.toDay, -1) }, async ({ by, until }) => {
    const { kind, holder, unit } = budget;
    const nanoUsd = parseDollars(by);
    await sendJson("POST", "/api/budgets/raises", { kind, holder, unit, nanoUsd, until: until || null });
    await client.invalidateQueries({ queryKey: budgetQueries.all() });
    toast(`The budget of ${budget.name} is raised`, { description: "Every proxy applies it within a second." });
    onClose();
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Raise the budget of ${budget.name}`}
      description="When the raise ends, the budget is as before. What was spent meanwhile stays spent."
    >
      <DialogForm form={form} submit="Raise the budget" onCancel={onClose}>
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <TextField
            label={budget.unit === "plan" ? "By, dollars of plan value" : "By, in dollars"}
            inputMode="decimal"
            className="tn"
            {...form.input("by", "nanoUsd")}
          />
          <TextField
            label="Until the end of"
            type="date"
            min={period.today}
            className="tn"
            hint={`A day in ${period.zone}. Empty is until the month ends.`}
            {...form.input("until")}
          />
        </div>
      </DialogForm>
    </Dialog>
  );
}
