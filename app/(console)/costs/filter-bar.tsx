"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { CostFacets } from "#core/costs/overview.ts";
import { FilterButton as Button, FilterChips as Chips } from "../_parts/filters.tsx";
import { costQueries } from "./queries.ts";
import type { CostView, FilterField } from "./url.ts";

const fields = [
  { value: "project", label: "Project" },
  { value: "team", label: "Team" },
  { value: "model", label: "Model" },
  { value: "person", label: "Person" },
] as const satisfies readonly { value: FilterField; label: string }[];

type Change = (part: Partial<CostView>) => void;

/** Active filters as chips, each removable in one click. */
export function FilterChips({ view, change }: { view: CostView; change: Change }) {
  const { data: facets } = useQuery({ ...costQueries.facets(view), enabled: view.filters.person.length > 0 });
  return (
    <Chips
      fields={fields}
      values={view.filters}
      formatValue={(field, value) => formatValue(field, value, facets)}
      change={(filters) => change({ filters })}
    />
  );
}

/** Menu that adds and removes filter values; offers values of the range, most expensive first. */
export function FilterButton({ view, change, compact }: { view: CostView; change: Change; compact?: boolean }) {
  const [open, setOpen] = useState(false);
  const { data: facets } = useQuery({ ...costQueries.facets(view), enabled: open });
  return (
    <Button
      fields={fields}
      values={view.filters}
      formatValue={(field, value) => formatValue(field, value, facets)}
      change={(filters) => change({ filters })}
      listOptions={(field) => {
        if (!facets) return null;
        return field === "person" ? facets.person.map(({ id }) => id) : facets[field];
      }}
      onOpen={setOpen}
      compact={compact}
    />
  );
}

function formatValue(field: FilterField, value: string, facets: CostFacets | undefined): string {
  if (field === "model") return value.replace(/^claude-/, "");
  if (field !== "person") return value;
  // Hides id and label until the name has loaded.
  return facets === undefined ? "…" : (facets.person.find(({ id }) => id === value)?.name ?? value);
}
