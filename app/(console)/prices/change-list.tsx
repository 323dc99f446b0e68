import { Badge } from "#app/_ui/badge.tsx";
import { type Column, DataTable } from "#app/_ui/table.tsx";
import type { ChangeView } from "./queries.ts";
import { formatDays, formatPaid } from "./words.ts";

const columns: Column<ChangeView>[] = [
  {
    name: "Model",
    cell: ({ displayName, speed }) => (
      <span className="inline-flex flex-wrap items-center gap-1.5 font-medium">
        {displayName}
        {speed === "fast" ? <Badge>fast</Badge> : null}
      </span>
    ),
  },
  { name: "Days (UTC)", cell: ({ from, until }) => formatDays(from, until) },
  { name: "Before", cell: ({ before }) => <span className="text-ink2">{formatPaid(before)}</span> },
  { name: "After", cell: ({ after }) => <span className="font-medium">{formatPaid(after)}</span> },
];

/** Which models cost something else, from when, and how much. */
export function ChangeList({ changes }: { changes: readonly ChangeView[] }) {
  return (
    <div className="overflow-hidden rounded-lg border border-line">
      <DataTable
        label="What changes"
        columns={columns}
        rows={changes}
        rowKey={({ model, speed, from }) => `${model} ${speed} ${from}`}
        dense
        card={{
          below: "sm",
          draw: ({ displayName, speed, from, until, before, after }) => (
            <>
              <p className="font-medium">
                {displayName}
                {speed === "fast" ? ", fast" : ""}
              </p>
              <p className="text-xs text-ink2">{formatDays(from, until)}</p>
              <p className="tn">
                {formatPaid(before)} → <span className="font-medium">{formatPaid(after)}</span>
              </p>
            </>
          ),
        }}
        empty={<p className="px-4 py-3 text-ink2">No price of any model changes.</p>}
      />
    </div>
  );
}
