"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useForm } from "#app/_data/use-form.ts";
import { ComboField } from "#app/_ui/combo-field.tsx";
import { Dialog } from "#app/_ui/dialog.tsx";
import { ErrorCard } from "#app/_ui/empty.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { DialogForm } from "#app/_ui/form.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { formatCounted } from "#core/report/plural.ts";
import { addDays, isDay } from "#core/time/instant.ts";
import { SignedMoney } from "../_parts/signed-money.tsx";
import { Amount } from "./amount.tsx";
import { type CorrectionPreview, correctionQueries } from "./queries.ts";

const EVERY_MODEL = "";

/**
 * Prices a period again: the days and models, what that would change, and why. Long because it is one form in two steps.
 */
export function RepriceDialog({ models, onClose }: { models: readonly string[]; onClose: () => void }) {
  const queries = useQueryClient();
  const [isPreviewed, setPreviewed] = useState(false);
  const form = useForm({ from: "", last: "", model: EVERY_MODEL, comment: "" }, async ({ comment }) => {
    if (!isPreviewed) {
      setPreviewed(true);
      return;
    }
    await sendJson("POST", "/api/corrections", { range, models: chosen, comment });
    toast("Period priced again", { description: "Every page and report counts the correction." });
    await queries.invalidateQueries();
    onClose();
  });
  const { from, last, model } = form.values;
  const isRange = isDay(from) && isDay(last) && from <= last;
  const range = isRange ? `${from}..${addDays(last, 1)}` : "";
  const chosen = model === EVERY_MODEL ? [] : [model];
  const preview = useQuery({ ...correctionQueries.preview(range, chosen), enabled: isPreviewed && isRange });
  const change = (part: Partial<typeof form.values>) => {
    setPreviewed(false);
    form.set(part);
  };
  const isReady = preview.data?.isChange === true && !preview.isFetching;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Re-price a period"
      description="Each recorded request is priced again at the prices in force. The difference is written beside the books: requests keep their amounts."
      wide
    >
      <DialogForm
        form={form}
        submit={isPreviewed ? "Write the correction" : "Show what it changes"}
        isIncomplete={!isRange || (isPreviewed && !isReady)}
        onCancel={onClose}
        className="space-y-4"
      >
        <div className="grid grid-cols-2 gap-3">
          <TextField
            label="First day"
            type="date"
            required
            value={from}
            onChange={(event) => change({ from: event.target.value })}
          />
          <TextField
            label="Last day"
            type="date"
            required
            value={last}
            onChange={(event) => change({ last: event.target.value })}
          />
        </div>
        <ComboField
          label="Model"
          options={[{ value: EVERY_MODEL, label: "Every model" }, ...models.map((id) => ({ value: id, label: id }))]}
          value={model}
          onChange={(next) => change({ model: next })}
        />
        {isPreviewed ? (
          preview.error ? (
            <ErrorCard title="It cannot be priced again" message={preview.error.message} />
          ) : preview.data === undefined || preview.isFetching ? (
            <div role="status">
              <span className="sr-only">Pricing the requests again</span>
              <div className="skeleton h-24 rounded-lg" />
            </div>
          ) : (
            <Preview preview={preview.data} />
          )
        ) : null}
        {isReady ? (
          <TextField
            label="Why"
            maxLength={500}
            hint="Stands in the list and the audit log."
            {...form.input("comment")}
          />
        ) : null}
      </DialogForm>
    </Dialog>
  );
}

function Preview({ preview }: { preview: CorrectionPreview }) {
  const { metered, plan, requests, isChange, models, label, priceVersion } = preview;
  return (
    <section aria-label="What the correction changes" className="rounded-lg bg-sunken px-4 py-3">
      <h3 className="font-medium">
        {formatCounted(requests, "request")}, {label}
      </h3>
      {isChange ? (
        <>
          <dl className="mt-2 grid gap-3 sm:grid-cols-3">
            <Amount name="Cost now" nanoUsd={metered.beforeNanoUsd} unpriced={metered.unpricedBefore} />
            <Amount name="At the prices in force" nanoUsd={metered.afterNanoUsd} unpriced={metered.unpricedAfter} />
            <div>
              <dt className="text-xs text-ink2">Correction</dt>
              <dd className="text-lg font-semibold">
                <SignedMoney nanoUsd={subtract(metered.afterNanoUsd, metered.beforeNanoUsd)} />
              </dd>
            </div>
          </dl>
          {models.length > 0 ? (
            <ul className="mt-3 space-y-1">
              {models.slice(0, 6).map((row) => (
                <li key={row.model} className="flex flex-wrap justify-between gap-x-4">
                  <span className="font-mono text-xs">{row.model || "no model"}</span>
                  <SignedMoney nanoUsd={subtract(row.afterNanoUsd, row.beforeNanoUsd)} />
                </li>
              ))}
            </ul>
          ) : null}
          {plan.beforeNanoUsd === plan.afterNanoUsd ? null : (
            <p className="mt-2 text-xs text-ink3">
              Plan value of subscription traffic:{" "}
              <SignedMoney nanoUsd={subtract(plan.afterNanoUsd, plan.beforeNanoUsd)} />.
            </p>
          )}
        </>
      ) : (
        <p className="mt-1 text-ink2">Nothing changes: all of it costs what the prices in force say.</p>
      )}
      <p className="mt-2 text-xs text-ink3">Prices {priceVersion}, on the day of each request.</p>
    </section>
  );
}

const subtract = (one: string, other: string): string => (BigInt(one) - BigInt(other)).toString();
