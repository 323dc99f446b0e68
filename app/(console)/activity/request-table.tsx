import Link from "next/link";
import { cx } from "#app/_ui/cx.ts";
import { ModelName, RouteMark } from "#app/_ui/route-mark.tsx";
import { Table, Td, Th } from "#app/_ui/table.tsx";
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
  addressOf: (id: string) => string;
  onOpen: (id: string) => void;
}

/** Table of requests; two lines each on phones. A row is a link, so it opens in a new tab as well. */
export function RequestTable(props: Props) {
  return (
    <>
      <div className="hidden md:block">
        <WideTable {...props} />
      </div>
      <ul className="divide-y divide-line md:hidden">
        {props.rows.map((row) => (
          <li key={row.id} className={cx("relative px-4 py-2.5", row.id === props.current && "bg-sunken")}>
            <div className="flex items-baseline gap-2">
              <RowLink row={row} {...props} />
              <span className="tn ml-auto shrink-0 font-medium">
                <CostAmount row={row} />
              </span>
            </div>
            <div className="mt-1 flex items-center gap-2 text-xs text-ink2">
              <span className="tn shrink-0">{clockTime(row.startedAtMs, props.zone)}</span>
              <span className="min-w-0 truncate" title={callerWords(row)}>
                {callerWords(row)}
              </span>
              <span className="ml-auto shrink-0">
                <OutcomeBadge row={row} />
              </span>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

function WideTable({ rows, zone, withDays, current, ...opening }: Props) {
  const head = (
    <>
      <Th>Time</Th>
      <Th>User and project</Th>
      <Th>Requested → served</Th>
      <Th figure className="hidden lg:table-cell" title="Read by the model → written by it">
        Tokens
      </Th>
      <Th figure>Cost</Th>
      <Th figure className="hidden lg:table-cell">
        Saved
      </Th>
      <Th figure className="hidden xl:table-cell">
        Duration
      </Th>
      <Th>Outcome</Th>
    </>
  );
  return (
    <Table label="Requests, newest first" head={head}>
      {rows.map((row) => (
        <tr key={row.id} className={cx("relative hover:bg-sunken", row.id === current && "bg-sunken")}>
          <Td dense className="whitespace-nowrap">
            {clockTime(row.startedAtMs, zone)}
            {withDays ? <span className="ml-2 text-xs text-ink3">{clockDay(row.startedAtMs, zone)}</span> : null}
          </Td>
          <Td dense className="max-w-[210px] truncate" title={callerWords(row)}>
            {row.caller === null ? <span className="text-ink3">Unassigned</span> : <bdi>{row.caller}</bdi>}
            <span className="text-ink3"> · {row.project}</span>
          </Td>
          <Td dense>
            <RowLink row={row} {...opening} />
          </Td>
          <Td figure dense className="hidden whitespace-nowrap text-ink2 lg:table-cell">
            <Tokens row={row} />
          </Td>
          <Td figure dense className="font-medium">
            <CostAmount row={row} />
          </Td>
          <Td figure dense className="hidden lg:table-cell">
            <SavedAmount row={row} />
          </Td>
          <Td figure dense className="hidden whitespace-nowrap text-ink2 xl:table-cell">
            {formatDuration(row.durationMs)}
          </Td>
          <Td dense>
            <OutcomeBadge row={row} />
          </Td>
        </tr>
      ))}
    </Table>
  );
}

/** Link of a row around its route; covers the whole row. */
function RowLink({ row, addressOf, onOpen }: { row: RequestRow } & Pick<Props, "addressOf" | "onOpen">) {
  return (
    <Link
      href={addressOf(row.id)}
      prefetch={false}
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
  if (usageState === "none") return <span className="text-ink3">–</span>;
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
