"use client";

import { useQueryClient } from "@tanstack/react-query";
import { sendJson } from "#app/_data/get-json.ts";
import { useForm } from "#app/_data/use-form.ts";
import { Dialog } from "#app/_ui/dialog.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { DialogForm } from "#app/_ui/form.tsx";
import { Money } from "#app/_ui/money.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import type { MonthView } from "#core/costs/month.ts";
import { costQueries } from "./queries.ts";

/** Closes a month at the cost that is shown. */
export function CloseDialog({ month, onClose }: { month: MonthView; onClose: () => void }) {
  const queries = useQueryClient();
  const form = useForm({ comment: "" }, async ({ comment }) => {
    const { costNanoUsd } = month.now;
    await sendJson("POST", "/api/months/close", { month: month.month, comment, costNanoUsd });
    toast(`${month.label} closed`);
    await queries.invalidateQueries({ queryKey: costQueries.all() });
    onClose();
  });
  const open = month.checks.filter(({ isOk }) => !isOk);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Close ${month.label}?`}
      description="Its amounts are kept as they are now. Later requests, batch results and corrections are named beside them."
    >
      <DialogForm form={form} submit="Close month" onCancel={onClose} className="space-y-4">
        <p>
          Cost <Money nanoUsd={month.now.costNanoUsd} />, {month.now.requests.toLocaleString("en")} requests.
        </p>
        {open.length > 0 ? (
          <ul className="list-disc pl-4 text-xs text-warn">
            {open.map(({ name, text }) => (
              <li key={name}>{text}</li>
            ))}
          </ul>
        ) : null}
        <TextField
          label="Comment"
          maxLength={500}
          hint="Stands beside the close and in the audit log."
          {...form.input("comment")}
        />
      </DialogForm>
    </Dialog>
  );
}

/** Opens a closed month again. */
export function ReopenDialog({ month, onClose }: { month: MonthView; onClose: () => void }) {
  const queries = useQueryClient();
  const form = useForm({ comment: "" }, async ({ comment }) => {
    await sendJson("POST", "/api/months/reopen", { month: month.month, comment });
    toast(`${month.label} reopened`);
    await queries.invalidateQueries({ queryKey: costQueries.all() });
    onClose();
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Reopen ${month.label}?`}
      description="Reports say that it is open until it is closed again. The close stays in its history."
    >
      <DialogForm form={form} submit="Reopen" onCancel={onClose} className="space-y-4">
        <TextField
          label="Why"
          maxLength={500}
          hint="Stands in the history and the audit log."
          {...form.input("comment")}
        />
      </DialogForm>
    </Dialog>
  );
}
