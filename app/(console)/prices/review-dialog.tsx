"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { sendJson } from "#app/_data/get-json.ts";
import { useForm } from "#app/_data/use-form.ts";
import { Dialog } from "#app/_ui/dialog.tsx";
import { ErrorCard } from "#app/_ui/empty.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { DialogForm } from "#app/_ui/form.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { ChangeList } from "./change-list.tsx";
import type { Draft } from "./draft.ts";
import { PastCosts } from "./past-costs.tsx";
import { priceQueries } from "./queries.ts";

/** What a text of prices changes, before it is saved. Long because it is one form with one query. */
export function ReviewDialog({
  draft,
  base,
  onBack,
  onDone,
}: {
  draft: Draft;
  base: number | null;
  onBack: () => void;
  onDone: () => void;
}) {
  const queries = useQueryClient();
  const preview = useQuery(priceQueries.preview(draft.toml, base));
  const form = useForm({ comment: draft.comment }, async ({ comment }) => {
    if (draft.rollBackTo === undefined) {
      await sendJson("POST", "/api/prices", { toml: draft.toml, comment, basedOn: base });
    } else {
      const body = { to: draft.rollBackTo, comment, ...(base === null ? {} : { basedOn: base }) };
      await sendJson("POST", "/api/prices/roll-back", body);
    }
    toast("Prices saved", { description: "Every proxy prices with them within two seconds." });
    await queries.invalidateQueries({ queryKey: priceQueries.all() });
    onDone();
  });
  return (
    <Dialog
      open
      onClose={onBack}
      title="Review the change"
      description="Requests that are recorded keep their amounts. The new prices are for what begins after saving."
      wide
    >
      <DialogForm
        form={form}
        submit={draft.rollBackTo === undefined ? "Save prices" : `Roll back to v${draft.rollBackTo}`}
        isIncomplete={preview.data === undefined || preview.data.problems.length > 0}
        onCancel={onBack}
        className="space-y-5"
      >
        {preview.error ? (
          <ErrorCard
            title="The change could not be computed"
            message={preview.error.message}
            onRetry={() => void preview.refetch()}
          />
        ) : preview.data === undefined ? (
          <div role="status" className="space-y-2">
            <span className="sr-only">Pricing the last 30 days again</span>
            <div className="skeleton h-24 rounded-lg" />
            <div className="skeleton h-16 rounded-lg" />
          </div>
        ) : (
          <>
            <ChangeList changes={preview.data.changes} />
            {preview.data.past === null ? null : <PastCosts past={preview.data.past} />}
          </>
        )}
        <TextField
          label="Comment"
          maxLength={500}
          hint="Stands in the history and the audit log."
          {...form.input("comment")}
        />
      </DialogForm>
    </Dialog>
  );
}
