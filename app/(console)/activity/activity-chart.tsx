"use client";

import dynamic from "next/dynamic";
import { useMemo, useState } from "react";
import { cx } from "#app/_ui/cx.ts";
import { DataTable } from "#app/_ui/table.tsx";
import type { ChartSeries } from "#core/costs/chart-series.ts";
import { formatCount } from "#core/report/format.ts";
import { TableSwitch } from "../_parts/table-switch.tsx";
import { Legend } from "../costs/legend.tsx";
import { rangeOfPoint } from "../costs/opened-slot.ts";
import { prepareChart } from "../costs/prepare.ts";
import { slotSentence } from "../costs/slot-lines.ts";
import { SlotTip } from "../costs/slot-tip.tsx";

/** Chart component, loaded after the rows are shown. */
const StackedBars = dynamic(() => import("#app/_charts/bar.tsx").then((module) => module.StackedBars), {
  ssr: false,
  loading: () => <div className="skeleton h-full" />,
});

const noneHidden: ReadonlySet<string> = new Set();

/**
 * Requests over time by served model; a click on a bar selects its day or month. Long because chart, legend and table
 * show one series in one panel.
 */
export function ActivityChart({
  series,
  isStale,
  onRange,
}: {
  series: ChartSeries | undefined;
  isStale: boolean;
  onRange: (range: string) => void;
}) {
  const [hidden, setHidden] = useState(noneHidden);
  const [isTable, setIsTable] = useState(false);
  const chart = useMemo(() => series && prepareChart(series, "requests", hidden), [series, hidden]);
  const title = `Requests per ${series?.unit ?? "day"}`;
  const toggle = (key: string) =>
    setHidden((now) => new Set(now.has(key) ? [...now].filter((one) => one !== key) : [...now, key]));
  return (
    <section aria-labelledby="h-chart" className="rounded-lg border border-line bg-surface">
      <div className="flex flex-wrap items-center gap-x-5 gap-y-1 px-4 pt-2.5 lg:px-5">
        <h2 id="h-chart" className="font-semibold">
          {title}
          {series ? <span className="tn ml-2 font-normal text-ink3">{formatCount(series.total.requests)}</span> : null}
        </h2>
        {chart ? (
          <Legend parts={chart.parts} folded={chart.folded} unpaid={null} hidden={hidden} toggle={toggle} />
        ) : null}
        <div className="ml-auto">
          <TableSwitch isOn={isTable} onSwitch={() => setIsTable(!isTable)} />
        </div>
      </div>
      <div className={cx("px-2 pb-2 lg:px-3", isStale && "opacity-60 transition-opacity delay-200 duration-300")}>
        {isTable && series ? (
          <SlotTable series={series} />
        ) : (
          <div className="h-[132px] lg:h-[156px]">
            {chart && series ? (
              <StackedBars
                model={chart.bars}
                label={`${title} by served model, ${series.range.label}, ${series.range.zone}`}
                tip={(index) => <SlotTip series={series} parts={chart.parts} metric="requests" index={index} />}
                say={(index) => slotSentence(series, chart.parts, "requests", index)}
                onPick={series.unit === "hour" ? undefined : (index) => onRange(rangeOfPoint(series, index))}
              />
            ) : (
              <div className="skeleton h-full" />
            )}
          </div>
        )}
      </div>
    </section>
  );
}

/** Table of the bars: the same slots and numbers. A slot without data has dashes, not zeros. */
function SlotTable({ series }: { series: ChartSeries }) {
  return (
    <DataTable
      label={`Requests per ${series.unit}`}
      rows={series.points}
      rowKey={({ key }) => key}
      isCapped
      columns={[
        { name: slotNames[series.unit], className: "whitespace-nowrap", cell: ({ title }) => title },
        { name: "Requests", figure: true, cell: ({ figures }) => count(figures?.requests) },
        { name: "Overridden", figure: true, cell: ({ figures }) => count(figures?.overrides) },
        ...series.models.map(({ id, name }) => ({
          name,
          key: id,
          headTitle: id,
          figure: true,
          cell: ({ models }: ChartSeries["points"][number]) =>
            count(models.find((one) => one.id === id)?.figures.requests),
        })),
      ]}
    />
  );
}

const slotNames = { hour: "Hour", day: "Day", month: "Month" } as const;
const count = (value: number | undefined) => (value === undefined ? "–" : formatCount(value));
