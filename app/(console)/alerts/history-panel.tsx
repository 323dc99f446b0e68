"use client";

import { Button } from "#app/_ui/button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Empty } from "#app/_ui/empty.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { type Column, DataTable } from "#app/_ui/table.tsx";
import { formatDuration } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { historyCsv, saveFile } from "./history-csv.ts";
import type { AlertsView, FiringView } from "./queries.ts";
import { deliveryLines, endedWords, formatMoment, formatSoFar, lastedMs } from "./words.ts";

/** What fired in the last days, with what became of its messages. */
export function HistoryPanel({ alerts: { history, historyDays, zone } }: { alerts: AlertsView }) {
  const failed = history.flatMap(deliveryLines).filter(({ isFailed }) => isFailed).length;
  const save = () => saveFile(`alerts-${new Date().toISOString().slice(0, 10)}.csv`, historyCsv(history));
  return (
    <Panel
      title={
        <>
          History{" "}
          <span className="tn ml-1 text-xs font-normal text-ink3">
            {history.length} in {historyDays} d
            {failed > 0 ? ` · ${formatCounted(failed, "delivery", "deliveries")} failed` : null}
          </span>
        </>
      }
      aside={
        history.length > 0 ? (
          <Button look="quiet" onClick={save}>
            <Icon name="download" className="size-3.5" />
            Export as CSV
          </Button>
        ) : null
      }
      flush
    >
      <DataTable
        label="History of alerts, newest first"
        rows={history}
        rowKey={({ id }) => id}
        rowClassName={() => "align-top"}
        columns={buildColumns(zone)}
        card={{ below: "md", draw: (firing) => <HistoryCard firing={firing} zone={zone} /> }}
        empty={
          <Empty icon="bell" title={`No alert has fired in ${historyDays} days.`}>
            What fires is kept here with its value, its duration, and what became of each message.
          </Empty>
        }
      />
    </Panel>
  );
}

const buildColumns = (zone: string): readonly Column<FiringView>[] => [
  { name: "Fired", className: "whitespace-nowrap", cell: ({ firedAt }) => formatMoment(firedAt, zone) },
  {
    name: "Alert",
    title: ({ title }) => title,
    className: ({ endedAt }) => cx("font-medium wrap-anywhere", endedAt === null && "text-danger"),
    cell: ({ name }) => name,
  },
  { name: "Value when it fired", className: "text-xs leading-5 wrap-anywhere", cell: ({ value }) => value },
  { name: "Duration", className: "whitespace-nowrap text-xs leading-5", cell: (firing) => <Lasted firing={firing} /> },
  {
    name: "Delivered",
    from: "lg",
    className: "max-w-[320px] text-xs leading-5",
    cell: (firing) => <Delivered firing={firing} />,
  },
  {
    name: "Acknowledged by",
    from: "lg",
    className: "text-xs leading-5 text-ink2 wrap-anywhere",
    cell: ({ acknowledgedBy }) => acknowledgedBy ?? "–",
  },
];

function HistoryCard({ firing, zone }: { firing: FiringView; zone: string }) {
  return (
    <>
      <div className="flex items-baseline gap-3">
        <span className={cx("min-w-0 flex-1 font-medium wrap-anywhere", firing.endedAt === null && "text-danger")}>
          {firing.name}
        </span>
        <span className="tn shrink-0 text-xs text-ink3">{formatMoment(firing.firedAt, zone)}</span>
      </div>
      <p className="mt-0.5 text-xs wrap-anywhere">{firing.value}</p>
      <div className="mt-0.5 text-xs text-ink2">
        <Lasted firing={firing} /> · <Delivered firing={firing} />
      </div>
      {firing.acknowledgedBy === null ? null : (
        <p className="text-xs text-ink3 wrap-anywhere">Acknowledged by {firing.acknowledgedBy}</p>
      )}
    </>
  );
}

function Lasted({ firing }: { firing: FiringView }) {
  const ms = lastedMs(firing);
  const ended = endedWords(firing);
  if (ms !== null)
    return (
      <span className="tn text-ink2">
        {formatDuration(ms)}
        {ended === null ? null : `, ${ended}`}
      </span>
    );
  return (
    <span suppressHydrationWarning className="tn text-danger">
      firing {formatSoFar(firing.firedAt, Date.now())}
    </span>
  );
}

function Delivered({ firing }: { firing: FiringView }) {
  const lines = deliveryLines(firing);
  if (lines.length === 0) return <span className="text-ink3">here only</span>;
  return lines.map(({ key, text, isFailed }, index) => (
    <span key={key} className={cx("tn wrap-anywhere", isFailed ? "text-warn" : "text-ink2")}>
      {index > 0 ? " · " : ""}
      {text}
    </span>
  ));
}
