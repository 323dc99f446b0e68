import { cx } from "#app/_ui/cx.ts";
import { Link } from "#app/_ui/link.tsx";
import { ModelName, RouteMark } from "#app/_ui/route-mark.tsx";
import { DataTable } from "#app/_ui/table.tsx";
import type { RequestRow } from "#core/activity/request-view.ts";
import { formatCount, formatDuration, formatTokens } from "#core/report/format.ts";
import { CostAmount, SavedAmount } from "./amounts.tsx";
import { clockDay, clockTime } from "./clock.ts";
import { OutcomeBadge } from "./outcome-badge.tsx";

interface Props {
  rows: readonly RequestRow[];
  zone: string;
  /** Shows the day beside the time, for ranges over a day. */
  withDays: boolean;
  /** Id of the request in the sheet. */
  current: string | null;
  buildAddress: (id: string) => string;
  onOpen: (id: string) => void;
}

/** Table of requests; two lines each on phones. A row is a link, so it opens in a new tab as well. */
export function RequestTable({ rows, zone, withDays, current, ...opening }: Props) {
  return (
    <DataTable
      label="Requests, newest first"
      rows={rows}
      rowKey={(row) => row.id}
      rowClassName={(row) => cx("relative hover:bg-sunken", row.id === current && "bg-sunken")}
      dense
      columns={[
        {
          name: "Time",
          className: "whitespace-nowrap",
          cell: (row) => (
            <>
              {clockTime(row.startedAtMs, zone)}
              {withDays ? <span className="ml-2 text-xs text-ink3">{clockDay(row.startedAtMs, zone)}</span> : null}
            </>
          ),
        },
        { name: "User and project", className: "max-w-[210px] truncate", title: callerWords, cell: Caller },
        { name: "Requested → served", cell: (row) => <RowLink row={row} {...opening} /> },
        {
          name: "Tokens",
          headTitle: "Read by the model → written by it",
          figure: true,
          from: "lg",
          className: "whitespace-nowrap text-ink2",
          cell: (row) => <Tokens row={row} />,
        },
        { name: "Cost", figure: true, className: "font-medium", cell: (row) => <CostAmount row={row} /> },
        { name: "Saved", figure: true, from: "lg", cell: (row) => <SavedAmount row={row} /> },
        {
          name: "Duration",
          figure: true,
          from: "xl",
          className: "whitespace-nowrap text-ink2",
          cell: (row) => formatDuration(row.durationMs),
        },
        { name: "Outcome", cell: (row) => <OutcomeBadge row={row} /> },
      ]}
      card={{
        below: "md",
        className: (row) => row.id === current && "bg-sunken",
        draw: (row) => <RequestCard row={row} zone={zone} {...opening} />,
      }}
    />
  );
}

function RequestCard({ row, zone, ...opening }: { row: RequestRow } & Pick<Props, "zone" | "buildAddress" | "onOpen">) {
  return (
    <>
      <div className="flex items-baseline gap-2">
        <RowLink row={row} {...opening} />
        <span className="tn ml-auto shrink-0 font-medium">
          <CostAmount row={row} />
        </span>
      </div>
      <div className="mt-1 flex items-center gap-2 text-xs text-ink2">
        <span className="tn shrink-0">{clockTime(row.startedAtMs, zone)}</span>
        <span className="min-w-0 truncate" title={callerWords(row)}>
          {callerWords(row)}
        </span>
        <span className="ml-auto shrink-0">
          <OutcomeBadge row={row} />
        </span>
      </div>
    </>
  );
}

const Caller = ({ caller, project }: RequestRow) => (
  <>
    {caller === null ? <span className="text-ink3">Unassigned</span> : <bdi>{caller}</bdi>}
    <span className="text-ink3"> · {project}</span>
  </>
);

/** Link of a row around its route; covers the whole row. */
function RowLink({ row, buildAddress, onOpen }: { row: RequestRow } & Pick<Props, "buildAddress" | "onOpen">) {
  return (
    <Link
      href={buildAddress(row.id)}
      data-request={row.id}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        onOpen(row.id);
      }}
      className="inline-flex min-h-6 min-w-0 items-center after:absolute after:inset-0"
    >
      <Route row={row} />
    </Link>
  );
}

function Route({ row: { requested, served, requestedTier, servedTier, endpoint } }: { row: RequestRow }) {
  if (requested === null) return <span className="font-mono text-xs text-ink3">{endpoint.replace("_", " ")}</span>;
  if (served === null || served === requested) return <ModelName model={requested} tier={requestedTier} />;
  return <RouteMark from={requested} to={served} fromTier={requestedTier} toTier={servedTier} />;
}

function Tokens({ row: { promptTokens, outputTokens, usageState } }: { row: RequestRow }) {
  if (usageState === "none" || usageState === "unknown") return <span className="text-ink3">–</span>;
  const exact = `${formatCount(promptTokens)} read, ${formatCount(outputTokens)} written`;
  return (
    <span title={usageState === "estimated" ? `${exact} (estimated: the answer was cut)` : exact}>
      {formatTokens(promptTokens)} <span className="text-ink3">→</span> {usageState === "estimated" ? "~" : ""}
      {formatTokens(outputTokens)}
    </span>
  );
}

const callerWords = ({ caller, project, isSubAgent }: RequestRow): string =>
  [caller, project, isSubAgent ? "sub-agent" : null].filter((word) => word !== null).join(" · ");
