"use client";

import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useMemo, useState } from "react";
import { cx } from "#app/_ui/cx.ts";
import { Segmented } from "#app/_ui/segmented.tsx";
import type { ChartSeries } from "#core/costs/chart-series.ts";
import { TableSwitch } from "../_parts/table-switch.tsx";
import { Legend } from "./legend.tsx";
import { requestsOfPoint } from "./opened-slot.ts";
import { prepareChart } from "./prepare.ts";
import { SeriesTable } from "./series-table.tsx";
import { slotSentence } from "./slot-lines.ts";
import { SlotTip } from "./slot-tip.tsx";
import type { ChartMetric, CostView } from "./url.ts";

/** Chart component, loaded after the figures are shown. */
const StackedBars = dynamic(() => import("#app/_charts/bar.tsx").then((module) => module.StackedBars), {
  ssr: false,
  loading: () => <div className="skeleton h-full" />,
});

const metrics = [
  { value: "cost", label: "Cost" },
  { value: "tokens", label: "Tokens" },
  { value: "requests", label: "Requests" },
] as const;

const metricNames = { cost: "Cost", tokens: "Tokens", requests: "Requests" } as const;

/**
 * Cost over time by served model, unpaid amounts hatched, publishes marked; or its table. A bar opens its requests.
 * Long because chart, legend and table show one series in one panel.
 */
export function CostChart({
  series,
  view,
  onMetric,
  isStale,
}: {
  series: ChartSeries | undefined;
  view: CostView;
  onMetric: (metric: ChartMetric) => void;
  isStale: boolean;
}) {
  const { metric } = view;
  const router = useRouter();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [isTable, setIsTable] = useState(false);
  const chart = useMemo(() => series && prepareChart(series, metric, hidden), [series, metric, hidden]);
  const title = `${metricNames[metric]} per ${series?.unit ?? "day"}`;
  const toggle = (key: string) =>
    setHidden((now) => new Set(now.has(key) ? [...now].filter((one) => one !== key) : [...now, key]));
  return (
    <section aria-labelledby="h-chart" className="rounded-lg border border-line bg-surface">
      <div className="flex flex-wrap items-center gap-x-5 gap-y-2 px-4 pt-3 lg:px-5 lg:pt-4">
        <h2 id="h-chart" className="font-semibold">
          {title}
        </h2>
        {chart && series ? (
          <Legend
            parts={chart.parts}
            folded={chart.folded}
            unpaid={metric === "cost" ? series.total : null}
            hidden={hidden}
            toggle={toggle}
          />
        ) : null}
        <div className="ml-auto flex items-center gap-2">
          <TableSwitch isOn={isTable} onSwitch={() => setIsTable(!isTable)} />
          <Segmented label="What the chart shows" options={metrics} value={metric} onChange={onMetric} />
        </div>
      </div>
      <div className={cx("px-2 pb-2 pt-1 lg:px-3", isStale && "opacity-60 transition-opacity delay-200 duration-300")}>
        {isTable && series ? (
          <SeriesTable series={series} buildAddress={(index) => requestsOfPoint(view, series, index)} />
        ) : (
          <div className="h-[196px] lg:h-[304px]">
            {chart && series ? (
              <StackedBars
                model={chart.bars}
                label={`${title} by served model, ${series.range.label}, ${series.range.zone}`}
                tip={(index) => <SlotTip series={series} parts={chart.parts} metric={metric} index={index} />}
                say={(index) => slotSentence(series, chart.parts, metric, index)}
                onPick={(index) => router.push(requestsOfPoint(view, series, index))}
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
