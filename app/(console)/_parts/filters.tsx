"use client";

import { useState } from "react";
import { Icon } from "#app/_ui/icon.tsx";
import { Popover } from "#app/_ui/popover.tsx";
import { Segmented } from "#app/_ui/segmented.tsx";

type Values<Field extends string> = Readonly<Record<Field, string[]>>;

interface FilterProps<Field extends string> {
  fields: readonly { value: Field; label: string }[];
  values: Values<Field>;
  formatValue: (field: Field, value: string) => string;
  change: (values: Record<Field, string[]>) => void;
}

/** Active filters as chips, each removable in one click. */
export function FilterChips<Field extends string>({ fields, values, formatValue, change }: FilterProps<Field>) {
  return fields
    .filter(({ value }) => values[value].length > 0)
    .map(({ value: field, label }) => (
      <Chip
        key={field}
        name={label}
        value={values[field].map((value) => formatValue(field, value)).join(", ")}
        onRemove={() => change({ ...values, [field]: [] })}
      />
    ));
}

/** Chip of one active filter. */
export function Chip({ name, value, onRemove }: { name: string; value: string; onRemove: () => void }) {
  return (
    <span className="flex h-8 min-w-0 items-center rounded-md border border-line bg-surface">
      <span className="min-w-0 truncate border-r border-line px-2.5 text-ink2">
        {name} is <b className="font-medium text-ink">{value}</b>
      </span>
      <button
        type="button"
        aria-label={`Remove the filter on ${name.toLowerCase()}`}
        onClick={onRemove}
        className="flex h-full items-center px-1.5 text-ink3 hover:text-ink"
      >
        <Icon name="x" className="size-3.5" />
      </button>
    </span>
  );
}

/** Number of fields up to which they are shown side by side. */
const SIDE_BY_SIDE_MAX = 4;

/**
 * Menu that adds and removes filter values; offers values that occur. `listOptions` returns null while they load.
 * Long because choosing a field and then its values is one menu.
 */
export function FilterButton<Field extends string>({
  fields,
  values,
  formatValue,
  change,
  listOptions,
  onOpen,
  compact,
}: FilterProps<Field> & {
  listOptions: (field: Field) => readonly string[] | null;
  onOpen: (open: boolean) => void;
  compact?: boolean;
}) {
  const [open, setOpen] = useState(false);
  const [chosen, setField] = useState<Field | null>(null);
  const field = chosen ?? fields[0]?.value;
  const show = (next: boolean) => {
    setOpen(next);
    onOpen(next);
  };
  return (
    <Popover
      open={open}
      onOpenChange={show}
      label="Filter"
      trigger={
        <button
          type="button"
          aria-label="Filter"
          className="flex h-8 items-center gap-1.5 rounded-md border border-dashed border-edge px-2.5 text-ink2 hover:bg-sunken hover:text-ink"
        >
          <Icon name={compact ? "filter" : "plus"} className="size-3.5" />
          {compact ? null : "Filter"}
        </button>
      }
    >
      {field === undefined ? null : (
        <div className="w-[264px]">
          <div className="border-b border-line p-1 pb-1.5">
            <FieldChoice fields={fields} value={field} onChange={setField} />
          </div>
          <Options
            name={fields.find(({ value }) => value === field)?.label ?? field}
            options={listOptions(field)}
            values={values[field]}
            formatValue={(value) => formatValue(field, value)}
            onChange={(next) => change({ ...values, [field]: next })}
          />
        </div>
      )}
    </Popover>
  );
}

function FieldChoice<Field extends string>({
  fields,
  value,
  onChange,
}: {
  fields: FilterProps<Field>["fields"];
  value: Field;
  onChange: (field: Field) => void;
}) {
  if (fields.length <= SIDE_BY_SIDE_MAX)
    return <Segmented label="What to filter by" options={fields} value={value} onChange={onChange} />;
  return (
    <select
      aria-label="What to filter by"
      value={value}
      onChange={(event) => {
        const next = fields.find((field) => field.value === event.target.value);
        if (next) onChange(next.value);
      }}
      className="h-8 w-full rounded-md border border-field bg-surface px-2 text-sm"
    >
      {fields.map((field) => (
        <option key={field.value} value={field.value}>
          {field.label}
        </option>
      ))}
    </select>
  );
}

function Options({
  name,
  options,
  values,
  formatValue,
  onChange,
}: {
  name: string;
  options: readonly string[] | null;
  values: readonly string[];
  formatValue: (value: string) => string;
  onChange: (values: string[]) => void;
}) {
  // A value that is filtered by now stays on offer, so that it can be taken away again.
  const offered = options === null ? null : [...new Set([...options, ...values])];
  return (
    <div className="max-h-[280px] overflow-y-auto pt-1">
      {offered === null ? <p className="px-2 py-1.5 text-ink3">Looking …</p> : null}
      {offered?.length === 0 ? (
        <p className="px-2 py-1.5 text-ink3">No {name.toLowerCase()} was named in this range.</p>
      ) : null}
      {offered?.map((value) => (
        <label key={value} className="flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2 hover:bg-sunken">
          <input
            type="checkbox"
            className="size-3.5 accent-[var(--accent)]"
            checked={values.includes(value)}
            onChange={() =>
              onChange(values.includes(value) ? values.filter((one) => one !== value) : [...values, value])
            }
          />
          <span className="min-w-0 truncate">{formatValue(value)}</span>
        </label>
      ))}
    </div>
  );
}
