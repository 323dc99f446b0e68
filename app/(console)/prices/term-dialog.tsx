"use client";

import { useQueryClient } from "@tanstack/react-query";
import { ApiError } from "#app/_data/get-json.ts";
import { type FormOf, useForm } from "#app/_data/use-form.ts";
import { ComboField } from "#app/_ui/combo-field.tsx";
import { Dialog } from "#app/_ui/dialog.tsx";
import { SelectField, TextField } from "#app/_ui/field.tsx";
import { DialogForm } from "#app/_ui/form.tsx";
import { Segmented } from "#app/_ui/segmented.tsx";
import { addTerm, type NewTerm } from "#core/costs/prices-text.ts";
import type { Draft } from "./draft.ts";
import { type PriceRow, type PricesPreview, type PricesView, priceQueries } from "./queries.ts";

/** The values of the form, as typed. */
interface Typed {
  kind: NewTerm["kind"];
  model: string;
  speed: "standard" | "fast";
  from: string;
  until: string;
  input: string;
  output: string;
  cacheWrite5m: string;
  cacheWrite1h: string;
  cacheRead: string;
  percent: string;
  factor: string;
}

/** Fields of the form by their key in the text. */
const fields: Record<string, keyof Typed> = {
  model: "model",
  from: "from",
  until: "until",
  input: "input",
  output: "output",
  cache_write_5m: "cacheWrite5m",
  cache_write_1h: "cacheWrite1h",
  cache_read: "cacheRead",
  percent: "percent",
  factor: "factor",
};

/**
 * Adds a price, a discount or a multiplier. The server reads the new text before it is reviewed. Long because it is one
 * form, whose fields depend on what is added.
 */
export function TermDialog({
  book,
  row,
  model,
  onReview,
  onClose,
}: {
  book: PricesView;
  row: PriceRow | null;
  model: string;
  onReview: (draft: Draft) => void;
  onClose: () => void;
}) {
  const queries = useQueryClient();
  const base = book.version?.number ?? null;
  const form = useForm<Typed>(
    () => beginWith(row, model, book.today),
    async (typed) => {
      const toml = addTerm(book.toml, toTerm(typed));
      const preview = await queries.fetchQuery(priceQueries.preview(toml, base));
      if (preview.problems.length > 0) throw toFieldErrors(preview);
      onReview({ toml, comment: describe(typed) });
    },
  );
  const { kind } = form.values;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Add a price"
      description="It is laid over the list from its first day. Nothing is saved before the review."
    >
      <DialogForm form={form} submit="Review" onCancel={onClose} className="space-y-4">
        <Segmented
          label="What to add"
          options={[
            { value: "price", label: "Price" },
            { value: "discount", label: "Discount" },
            { value: "multiplier", label: "Multiplier" },
          ]}
          value={kind}
          onChange={(next) => form.set({ kind: next })}
        />
        {kind === "multiplier" ? null : <ModelFields form={form} rows={book.rows} />}
        {kind === "price" ? <PriceFields form={form} /> : null}
        {kind === "discount" ? (
          <TextField
            label="Percent off"
            inputMode="decimal"
            placeholder="12.5"
            hint="Off the price of the model that is in force, of the list or your own."
            {...form.input("percent")}
          />
        ) : null}
        {kind === "multiplier" ? (
          <TextField
            label="Factor on the whole bill"
            inputMode="decimal"
            placeholder="0.95"
            hint="On all models and on web searches, after discounts."
            {...form.input("factor")}
          />
        ) : null}
        <div className="grid grid-cols-2 gap-3">
          <TextField label="First day (UTC)" type="date" required {...form.input("from")} />
          <TextField
            label="First day without it"
            type="date"
            hint="Empty: until the next one."
            {...form.input("until")}
          />
        </div>
      </DialogForm>
    </Dialog>
  );
}

function ModelFields({ form, rows }: { form: FormOf<Typed>; rows: readonly PriceRow[] }) {
  const options = rows
    .filter(({ speed }) => speed === "standard")
    .map(({ model, displayName }) => ({ value: model, label: model, also: displayName }));
  const { model, kind } = form.values;
  const isListed = model === "" || options.some(({ value }) => value === model);
  return (
    <div className={kind === "price" ? "grid gap-3 sm:grid-cols-[1fr_8rem]" : undefined}>
      {isListed ? (
        <ComboField label="Model" options={options} {...form.choice("model")} />
      ) : (
        <TextField label="Model" hint="Not in the list: priced by your own price alone." {...form.input("model")} />
      )}
      {kind === "price" ? (
        <SelectField label="Speed" {...form.input("speed")}>
          <option value="standard">standard</option>
          <option value="fast">fast</option>
        </SelectField>
      ) : null}
    </div>
  );
}

function PriceFields({ form }: { form: FormOf<Typed> }) {
  const amount = { inputMode: "decimal" as const, required: true };
  return (
    <fieldset>
      <legend className="mb-2 text-xs text-ink3">Dollars per million tokens</legend>
      <div className="grid grid-cols-2 gap-3">
        <TextField label="Input" {...amount} {...form.input("input")} />
        <TextField label="Output" {...amount} {...form.input("output")} />
        <TextField label="Cache write, 5 min" {...amount} {...form.input("cacheWrite5m")} />
        <TextField label="Cache write, 1 hour" {...amount} {...form.input("cacheWrite1h")} />
        <TextField label="Cache read" {...amount} {...form.input("cacheRead")} />
      </div>
    </fieldset>
  );
}

/** The form begins with the list price, where there is one: what is agreed is close to it. */
function beginWith(row: PriceRow | null, model: string, today: string): Typed {
  const paid = row?.list.paid;
  return {
    kind: "price",
    model,
    speed: "standard",
    from: today,
    until: "",
    input: paid?.input ?? "",
    output: paid?.output ?? "",
    cacheWrite5m: paid?.cacheWrite5m ?? "",
    cacheWrite1h: paid?.cacheWrite1h ?? "",
    cacheRead: paid?.cacheRead ?? "",
    percent: "",
    factor: "",
  };
}

function toTerm({ kind, model, speed, from, until, percent, factor, ...prices }: Typed): NewTerm {
  if (kind === "multiplier") return { kind, from, until, factor };
  if (kind === "discount") return { kind, model, from, until, percent };
  return { kind, model, from, until, speed, prices };
}

function describe({ kind, model, from, percent, factor }: Typed): string {
  if (kind === "multiplier") return `Multiplier × ${factor} from ${from}`;
  return kind === "discount" ? `Discount of ${percent} % on ${model} from ${from}` : `Price of ${model} from ${from}`;
}

/** Problems of the text, each beside the field it comes from. */
function toFieldErrors({ problems }: PricesPreview): ApiError {
  const placed = problems.flatMap(({ field, message }) => {
    const name = fields[field.split(".").at(-1) ?? ""];
    return name === undefined ? [] : [[name, message] as const];
  });
  const [first] = problems;
  const text = first === undefined ? "The prices have errors." : `Line ${first.line}: ${first.field} ${first.message}`;
  return new ApiError(400, "prices.invalid", text, placed.length > 0 ? { fields: Object.fromEntries(placed) } : {});
}
