"use client";

import { Button } from "#app/_ui/button.tsx";
import { auditNouns } from "./sentence.ts";
import { type AuditView, defaultView, hasFilters } from "./url.ts";

const BOX = "h-8 rounded-md border border-field bg-surface px-2 text-sm";

/**
 * Filters of the audit log: kind of event, person, and days. Long because it is one list: each filter with its field.
 */
export function Filters({
  view,
  actors,
  onChange,
}: {
  view: AuditView;
  actors: readonly { id: string; name: string }[];
  onChange: (part: Partial<AuditView>) => void;
}) {
  const isExact = view.action.includes(".");
  const isUnknown = view.actor !== "" && !actors.some((actor) => actor.id === view.actor);
  return (
    <search className="flex flex-wrap items-center gap-2">
      <select
        aria-label="Kind of event"
        value={view.action}
        onChange={(event) => onChange({ action: event.target.value })}
        className={BOX}
      >
        <option value="">All events</option>
        {isExact ? <option value={view.action}>{view.action}</option> : null}
        {auditNouns.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <select
        aria-label="Person"
        value={view.actor}
        onChange={(event) => onChange({ actor: event.target.value })}
        className={`${BOX} max-w-[220px]`}
      >
        <option value="">Any person</option>
        {isUnknown ? <option value={view.actor}>{view.actor}</option> : null}
        {actors.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <label className="flex items-center gap-1.5 text-ink2">
        from
        <input
          type="date"
          value={view.from}
          max={view.to || undefined}
          onChange={(event) => onChange({ from: event.target.value })}
          className={BOX}
        />
      </label>
      <label className="flex items-center gap-1.5 text-ink2">
        to
        <input
          type="date"
          value={view.to}
          min={view.from || undefined}
          onChange={(event) => onChange({ to: event.target.value })}
          className={BOX}
        />
      </label>
      {hasFilters(view) ? (
        <Button look="quiet" onClick={() => onChange(defaultView)}>
          Clear
        </Button>
      ) : null}
    </search>
  );
}
