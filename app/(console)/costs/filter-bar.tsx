"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Icon } from "#app/_ui/icon.tsx";
import { Popover } from "#app/_ui/popover.tsx";
import { Segmented } from "#app/_ui/segmented.tsx";
import type { CostFacets } from "#core/costs/overview.ts";
import { costQueries } from "./queries.ts";
import { type CostView, type FilterField, filterFields } from "./url.ts";

const fieldNames: Record<FilterField, string> = {
  project: "Project",
  team: "Team",
  model: "Model",
  person: "Person",
};

const fieldOptions = filterFields.map((value) => ({ value, label: fieldNames[value] }));

type Change = (part: Partial<CostView>) => void;

/** The filters in force as chips, each removable in one click. */
export function FilterChips({ view, change }: { view: CostView; change: Change }) {
  const { data: facets } = useQuery({ ...costQueries.facets(view.range), enabled: view.filters.person.length > 0 });
  return filterFields
    .filter((field) => view.filters[field].length > 0)
    .map((field) => (
      <span key={field} className="flex h-8 min-w-0 items-center rounded-md border border-line bg-surface">
        <span className="min-w-0 truncate border-r border-line px-2.5 text-ink2">
          {fieldNames[field]} is{" "}
          <b className="font-medium text-ink">
            {view.filters[field].map((value) => nameOf(field, value, facets)).join(", ")}
          </b>
        </span>
        <button
          type="button"
          aria-label={`Remove the filter on ${fieldNames[field].toLowerCase()}`}
          onClick={() => change({ filters: { ...view.filters, [field]: [] } })}
          className="flex h-full items-center px-1.5 text-ink3 hover:text-ink"
        >
          <Icon name="x" className="size-3.5" />
        </button>
      </span>
    ));
}

/** Adds and removes filter values; offers what really occurs in the range, most expensive first. */
export function FilterButton({ view, change, compact }: { view: CostView; change: Change; compact?: boolean }) {
  const [open, setOpen] = useState(false);
  const [field, setField] = useState<FilterField>("project");
  const { data: facets } = useQuery({ ...costQueries.facets(view.range), enabled: open });
  const options = optionsOf(field, facets, view);
  const toggle = (value: string) => {
    const now = view.filters[field];
    const next = now.includes(value) ? now.filter((one) => one !== value) : [...now, value];
    change({ filters: { ...view.filters, [field]: next } });
  };
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
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
      <div className="w-[264px]">
        <div className="border-b border-line p-1 pb-1.5">
          <Segmented label="What to filter by" options={fieldOptions} value={field} onChange={setField} />
        </div>
        <div className="max-h-[280px] overflow-y-auto pt-1">
          {facets === undefined ? <p className="px-2 py-1.5 text-ink3">Looking …</p> : null}
          {facets && options.length === 0 ? (
            <p className="px-2 py-1.5 text-ink3">No {fieldNames[field].toLowerCase()} was named in this range.</p>
          ) : null}
          {options.map(({ value, label }) => (
            <label
              key={value}
              className="flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2 hover:bg-sunken"
            >
              <input
                type="checkbox"
                className="size-3.5 accent-[var(--accent)]"
                checked={view.filters[field].includes(value)}
                onChange={() => toggle(value)}
              />
              <span className="min-w-0 truncate">{label}</span>
            </label>
          ))}
        </div>
      </div>
    </Popover>
  );
}

function optionsOf(field: FilterField, facets: CostFacets | undefined, view: CostView) {
  if (!facets) return [];
  const known = field === "person" ? facets.person.map(({ id }) => id) : facets[field];
  // A value that is filtered by now stays on offer, so that it can be taken away again.
  const values = [...new Set([...known, ...view.filters[field]])];
  return values.map((value) => ({ value, label: nameOf(field, value, facets) }));
}

function nameOf(field: FilterField, value: string, facets: CostFacets | undefined): string {
  if (field === "model") return value.replace(/^claude-/, "");
  return field === "person" ? (facets?.person.find(({ id }) => id === value)?.name ?? value) : value;
}
