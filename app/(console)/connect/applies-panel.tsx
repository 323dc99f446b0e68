"use client";

import { ErrorCard } from "#app/_ui/empty.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { dayLabel } from "#core/time/range.ts";
import { BudgetBars } from "../_parts/budget-bars.tsx";
import { otherLimitWords } from "../_parts/limit-words.ts";
import type { AppliesView, OwnLimitsView } from "./queries.ts";
import type { How } from "./snippets.ts";
import { unboundWords } from "./ways.ts";

/** What holds the reader's requests back, and what is left of it this month. */
export function AppliesPanel({
  view: { period, applies },
  error,
  onRetry,
  how,
}: {
  view: OwnLimitsView;
  error: Error | null;
  onRetry: () => void;
  how: How;
}) {
  const unbound = unboundWords(how, applies);
  return (
    <Panel
      title="What applies to you"
      aside={
        applies.length > 0 ? (
          <span className="text-ink3">resets on {dayLabel(period.toDay, period.fromDay.slice(0, 4))}</span>
        ) : null
      }
    >
      {error ? <ErrorCard title="This is out of date" message={error.message} onRetry={onRetry} /> : null}
      {unbound ? <p className="mb-2 text-xs text-warn">{unbound}</p> : null}
      {applies.length === 0 ? (
        <p className="text-ink2">No limits. You may use every model, as often as you need.</p>
      ) : (
        <ul className="divide-y divide-line">
          {applies.map((one) => (
            <li key={`${one.kind} ${one.id}`} className="space-y-1 py-2.5 first:pt-1 last:pb-0">
              <p className="break-words font-medium">{formatTitle(one)}</p>
              <BudgetBars limits={one.limits} spent={one.spent} />
              {otherLimitWords(one.limits).length > 0 ? (
                <p className="text-xs text-ink2">{otherLimitWords(one.limits).join(" · ")}</p>
              ) : null}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function formatTitle({ kind, name, isDefault }: AppliesView): string {
  if (kind === "person") return isDefault ? "You, by default" : "You, with all your keys";
  if (kind === "key") return `Your key “${name}”`;
  if (kind === "organisation") return `${name || "The organisation"}, everybody together`;
  return kind === "team" ? `The team ${name}, together` : `The project ${name}, together`;
}
