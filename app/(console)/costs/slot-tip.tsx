import { cx } from "#app/_ui/cx.ts";
import type { ChartSeries } from "#core/costs/chart-series.ts";
import { countMissingCosts } from "#core/costs/figures.ts";
import { formatCounted } from "#core/report/plural.ts";
import { Swatch } from "./legend.tsx";
import type { ChartPart } from "./prepare.ts";
import { slotLines } from "./slot-lines.ts";
import type { ChartMetric } from "./url.ts";

/** Tooltip: slot, rules version in force, models, and total. */
export function SlotTip({
  series,
  parts,
  metric,
  index,
}: {
  series: ChartSeries;
  parts: readonly ChartPart[];
  metric: ChartMetric;
  index: number;
}) {
  const point = series.points[index];
  const lines = slotLines(series, parts, metric, index);
  const missing = point?.figures ? countMissingCosts(point.figures) : 0;
  return (
    <>
      <div className="mb-1.5 flex items-baseline justify-between gap-2">
        <span className="font-medium">{point?.title}</span>
        {point?.version ? <span className="font-mono text-2xs text-ink3">rules v{point.version}</span> : null}
      </div>
      {lines === null ? <p className="text-ink3">Nothing was recorded.</p> : null}
      {lines?.map((line, at) => (
        <div key={line.key}>
          {line.isTotal && at > 0 ? <div className="my-1.5 border-t border-line" /> : null}
          <div className={cx("tn flex items-center gap-2 py-0.5", line.isTotal ? "font-medium text-ink" : "text-ink2")}>
            {line.colour ? <Swatch colour={line.colour} small /> : <span className="size-2" />}
            <span className="truncate">{line.label}</span>
            <span className={cx("ml-auto", line.isLoss ? "text-danger" : "text-ink")}>{line.value}</span>
          </div>
        </div>
      ))}
      {missing > 0 ? <p className="mt-1 text-warn">{formatCounted(missing, "request")} unpriced</p> : null}
    </>
  );
}
