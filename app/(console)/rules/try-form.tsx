"use client";

import { useState } from "react";
import { SelectField, TextAreaField, TextField } from "#app/_ui/field.tsx";
import type { FormField } from "#core/rules/conditions/condition.ts";
import type { DescribedFields } from "#core/rules/conditions/registry.ts";
import type { ModelChoice } from "./model-choices.ts";
import { CONDITION_FIELDS, readHeaderLines, type TryInput } from "./try-input.ts";

interface Props {
  input: TryInput;
  models: readonly ModelChoice[];
  onChange: (input: TryInput) => void;
}

/** Form that describes a request: model first, rare conditions folded. */
export function TryForm({ input, models, onChange }: Props) {
  const set = (change: Partial<TryInput>) => onChange({ ...input, ...change });
  return (
    <div className="grid grid-cols-2 gap-3">
      <div className="col-span-2">
        <TextField
          label="Model"
          list="try-models"
          className="font-mono text-xs"
          spellCheck={false}
          autoComplete="off"
          value={input.model}
          onChange={(event) => set({ model: event.target.value })}
        />
        <datalist id="try-models">
          {models.map((model) => (
            <option key={model.id} value={model.id} />
          ))}
        </datalist>
      </div>
      {findFields("label", "text").map(({ field, form }) =>
        form.kind === "text" && form.isRare ? null : (
          <ConditionText key={field} field={field} form={form} input={input} set={set} />
        ),
      )}
      <SelectField label="From" value={findOrigin(input)} onChange={(event) => set(toOrigin(event.target.value))}>
        <option value="">main thread</option>
        {findFields("origin").map(({ field, form }) => (
          <option key={field} value={field}>
            {form.label}
          </option>
        ))}
      </SelectField>
      <details className="col-span-2">
        <summary className="min-h-6 text-xs font-medium text-accent">Key, headers, path, size, time, tools</summary>
        <MoreFields input={input} set={set} />
      </details>
    </div>
  );
}

interface PartProps {
  input: TryInput;
  set: (change: Partial<TryInput>) => void;
}

function MoreFields({ input, set }: PartProps) {
  return (
    <div className="mt-2 grid grid-cols-2 gap-3">
      {findFields("text").map(({ field, form }) =>
        form.isRare ? <ConditionText key={field} field={field} form={form} input={input} set={set} /> : null,
      )}
      {findFields("headers").map(({ field, form }) => (
        <div key={field} className="col-span-2">
          <HeaderLines form={form} onChange={(headers) => set({ [field]: headers })} />
        </div>
      ))}
      {findFields("number").map(({ field, form }) => (
        <TextField
          key={field}
          label={form.label}
          inputMode="numeric"
          placeholder={form.placeholder}
          value={shown(input[field])}
          onChange={(event) => set({ [field]: wholeNumber(event.target.value) })}
        />
      ))}
      <TextField
        label="Session"
        value={input.session ?? ""}
        onChange={(event) => set({ session: event.target.value || null })}
      />
      <div className="col-span-2">
        <TextField
          label="Time"
          type="datetime-local"
          hint="In this browser's zone. Empty: now."
          onChange={(event) => set({ at: parseInstant(event.target.value) })}
        />
      </div>
      {findFields("tick").map(({ field, form }) => (
        <Tick key={field} label={form.label} isOn={input[field] === true} onChange={(isOn) => set({ [field]: isOn })} />
      ))}
    </div>
  );
}

type FieldOfKind<Kind extends FormField["kind"]> = {
  field: keyof DescribedFields;
  form: Extract<FormField, { kind: Kind }>;
};

/** Fields of these kinds, in the order in which conditions are tried. */
const findFields = <Kind extends FormField["kind"]>(...kinds: Kind[]): FieldOfKind<Kind>[] =>
  kinds.flatMap((kind) => CONDITION_FIELDS.filter((entry): entry is FieldOfKind<Kind> => entry.form.kind === kind));

const shown = (value: TryInput[keyof DescribedFields]): string | number =>
  typeof value === "string" || typeof value === "number" ? value : "";

function ConditionText({ field, form, input, set }: FieldOfKind<"label" | "text"> & PartProps) {
  const isCode = form.kind === "text" && form.isCode === true;
  return (
    <TextField
      label={form.label}
      placeholder={form.placeholder}
      {...(isCode ? { className: "font-mono text-xs", spellCheck: false, autoComplete: "off" } : {})}
      value={shown(input[field])}
      onChange={(event) => set({ [field]: event.target.value || null })}
    />
  );
}

/** Field of the origin that is said; empty for the main thread. */
const findOrigin = (input: TryInput): string =>
  findFields("origin").find(({ field }) => input[field] === true)?.field ?? "";

/** A request has one origin: choosing one takes the others back. */
const toOrigin = (chosen: string): Partial<TryInput> =>
  Object.fromEntries(findFields("origin").map(({ field }) => [field, field === chosen]));

interface HeaderLinesProps {
  form: FieldOfKind<"headers">["form"];
  onChange: (headers: Record<string, string>) => void;
}

/** Field for headers that keeps the typed text and reports the parsed headers. */
function HeaderLines({ form, onChange }: HeaderLinesProps) {
  const [text, setText] = useState("");
  return (
    <TextAreaField
      label={form.label}
      rows={2}
      className="font-mono text-xs"
      placeholder={form.placeholder}
      spellCheck={false}
      autoComplete="off"
      maxLength={4000}
      hint={form.hint}
      error={readHeaderLines(text).problem}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        onChange(readHeaderLines(event.target.value).headers);
      }}
    />
  );
}

function Tick({ label, isOn, onChange }: { label: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <label className="flex min-h-8 items-center gap-2">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={isOn}
        onChange={(event) => onChange(event.target.checked)}
      />
      {label}
    </label>
  );
}

function wholeNumber(text: string): number | null {
  const digits = text.replace(/\D/g, "").slice(0, 8);
  return digits === "" ? null : Number(digits);
}

function parseInstant(text: string): string | null {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
