import { cx } from "#app/_ui/cx.ts";
import type { Kpi } from "./kpi.ts";

/** Key figures in a row, two by two on phones, each with a small chart. */
export function KpiStrip({ kpis, isStale }: { kpis: readonly Kpi[]; isStale: boolean }) {
  return (
    <section
      aria-label="Key figures"
      className={cx(
        "grid grid-cols-2 overflow-hidden rounded-lg border border-line bg-surface lg:grid-cols-4",
        isStale && "opacity-60 transition-opacity delay-200 duration-300",
      )}
    >
      {kpis.map((kpi, index) => (
        <div key={kpi.label} className={toCellClass(index)}>
          <h2 className="text-ink2">{kpi.label}</h2>
          <p
            className="tn mt-0.5 text-kpi-phone font-semibold tracking-[-.025em] lg:text-kpi"
            title={kpi.exact ?? undefined}
          >
            {kpi.value}
          </p>
          <p className="mt-0.5 text-xs text-ink2">
            {kpi.lead ? <span className={`tn font-medium ${tones[kpi.lead.tone]}`}>{kpi.lead.text} </span> : null}
            {kpi.note}
          </p>
          <div className="mt-auto pt-3">
            <KpiDrawing chart={kpi.chart} />
          </div>
          <p className="tn mt-1.5 text-2xs text-ink3">{kpi.foot}</p>
        </div>
      ))}
    </section>
  );
}

/** Placeholder with the same cells, empty. */
export function KpiSkeleton() {
  return (
    <div
      aria-hidden="true"
      className="grid grid-cols-2 overflow-hidden rounded-lg border border-line bg-surface lg:grid-cols-4"
    >
      {[0, 1, 2, 3].map((index) => (
        <div key={index} className={toCellClass(index)}>
          <div className="skeleton h-4 w-20" />
          <div className="skeleton mt-2 h-7 w-32" />
          <div className="skeleton mt-2 h-3.5 w-24" />
          <div className="skeleton mt-4 h-[18px]" />
          <div className="skeleton mt-2 h-3 w-36" />
        </div>
      ))}
    </div>
  );
}

const tones = { good: "text-saved", bad: "text-danger", plain: "text-ink" } as const;

const toCellClass = (index: number): string =>
  cx(
    "flex min-w-0 flex-col px-4 pb-3 pt-3 lg:px-5 lg:pb-3.5 lg:pt-3.5",
    index % 2 === 1 && "border-l border-line",
    index > 1 && "border-t border-line lg:border-t-0",
    index === 2 && "lg:border-l",
  );

function KpiDrawing({ chart }: { chart: Kpi["chart"] }) {
  if (chart.kind === "bars") return <Spark values={chart.values} />;
  if (chart.kind === "split") {
    return (
      <div aria-hidden="true" className="flex h-[18px] items-center">
        <div className="flex h-2.5 w-full gap-[2px]">
          <span className="rounded-[2px] bg-bar" style={{ width: percent(chart.paid) }} />
          {chart.saved > 0.004 ? (
            <span className="hatch rounded-[2px] border border-saved" style={{ width: percent(chart.saved) }} />
          ) : null}
          {chart.avoided > 0.004 ? (
            <span
              className="hatch -scale-x-100 rounded-[2px] border border-saved"
              style={{ width: percent(chart.avoided) }}
            />
          ) : null}
        </div>
      </div>
    );
  }
  return (
    <div aria-hidden="true" className="flex h-[18px] items-center">
      <div className="track relative h-2.5 w-full rounded-[2px] bg-sunken">
        {chart.share ? (
          <span className="absolute inset-y-0 left-0 rounded-[2px] bg-bar" style={{ width: percent(chart.share) }} />
        ) : null}
        {chart.tick === null ? null : (
          <span
            className="absolute -inset-y-[4px] w-[2px] rounded-full bg-warn ring-2 ring-surface"
            style={{ left: percent(chart.tick) }}
          />
        )}
      </div>
    </div>
  );
}

const percent = (ratio: number): string => `${Math.min(100, Math.max(0, ratio * 100)).toFixed(2)}%`;

/** Daily bars with gaps. */
function Spark({ values }: { values: readonly (number | null)[] }) {
  const top = Math.max(...values.map((value) => value ?? 0), 0);
  return (
    <svg
      viewBox={`0 0 ${Math.max(values.length, 1) * 4} 18`}
      preserveAspectRatio="none"
      className="h-[18px] w-full"
      aria-hidden="true"
    >
      {values.map((value, index) => {
        if (value === null || value <= 0 || top === 0) return null;
        const height = Math.max((value / top) * 18, 0.6);
        // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place in time
        return <rect key={index} x={index * 4} y={18 - height} width="2.8" height={height} fill="var(--edge)" />;
      })}
    </svg>
  );
}
