"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Outcome, outcomes, outcomeWords } from "#core/activity/outcome.ts";
import type { ActivityFacets } from "#core/activity/request-view.ts";
import { Chip, FilterButton, FilterChips } from "../_parts/filters.tsx";
import { activityQueries } from "./queries.ts";
import { type ActivityView, type FilterField, filterFields, hasFilters } from "./url.ts";

const fieldNames: Record<FilterField, string> = {
  outcome: "Outcome",
  requested: "Asked-for model",
  model: "Served model",
  project: "Project",
  person: "Person",
  key: "Proxy key",
  team: "Team",
  rule: "Rule",
};

const chipFields = Object.entries(fieldNames).map(([value, label]) => ({ value: value as FilterField, label }));

type Change = (part: Partial<ActivityView>) => void;

/** Menu that adds and removes filter values; offers values of the range, most frequent first. */
export function ActivityFilterButton({
  view,
  change,
  isOwn,
  compact,
}: {
  view: ActivityView;
  change: Change;
  isOwn: boolean;
  compact?: boolean;
}) {
  const [open, setOpen] = useState(false);
  const { data: facets } = useQuery({ ...activityQueries.facets(view), enabled: open });
  const fields = filterFields.filter((field) => !(isOwn && field === "person"));
  return (
    <FilterButton
      fields={fields.map((value) => ({ value, label: fieldNames[value] }))}
      values={view.filters}
      formatValue={(field, value) => formatValue(field, value, facets)}
      change={(filters) => change({ filters: { ...view.filters, ...filters } })}
      listOptions={(field) => {
        if (field === "outcome") return outcomes;
        if (!facets) return null;
        return isNamed(field) ? facets[field].map(({ id }) => id) : facets[field];
      }}
      onOpen={setOpen}
      compact={compact}
    />
  );
}

/** Active filters, including those of a link, each removable in one click. */
export function ActivityChips({ view, change }: { view: ActivityView; change: Change }) {
  const needsNames = filterFields.some((field) => isNamed(field) && view.filters[field].length > 0);
  const { data: facets } = useQuery({ ...activityQueries.facets(view), enabled: needsNames });
  if (!hasFilters(view)) return null;
  return (
    <div className="flex flex-wrap gap-2">
      {view.session === null ? null : (
        <Chip name="Session" value={shortened(view.session)} onRemove={() => change({ session: null, agent: null })} />
      )}
      {view.agent === null ? null : (
        <Chip name="Sub-agent" value={shortened(view.agent)} onRemove={() => change({ agent: null })} />
      )}
      <FilterChips
        fields={chipFields}
        values={view.filters}
        formatValue={(field, value) => formatValue(field, value, facets)}
        change={(filters) => change({ filters })}
      />
    </div>
  );
}

/** Tests whether the values of a field are ids that are shown by name. */
const isNamed = (field: FilterField): field is "person" | "key" | "rule" =>
  field === "person" || field === "key" || field === "rule";

const shortened = (id: string): string => (id.length <= 20 ? id : `${id.slice(0, 8)}…${id.slice(-6)}`);

function formatValue(field: FilterField, value: string, facets: ActivityFacets | undefined): string {
  if (field === "outcome") return outcomeWords[value as Outcome];
  if (field === "model" || field === "requested") return value.replace(/^claude-/, "");
  if (!isNamed(field)) return value;
  // A placeholder instead of the id until the name has loaded.
  return facets === undefined ? "…" : (facets[field].find(({ id }) => id === value)?.name ?? value);
}
