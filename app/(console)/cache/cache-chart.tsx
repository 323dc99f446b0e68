"use client";

import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useMemo, useState } from "react";
import { cx } from "#app/_ui/cx.ts";
import { Link } from "#app/_ui/link.tsx";
import { DataTable } from "#app/_ui/table.tsx";
import { paths } from "#app/paths.ts";
import type { CachePoint } from "#core/cache/cache-overview.ts";
import type { RangeView } from "#core/costs/chart-series.ts";
import { formatCount } from "#core/report/format.ts";
import { TableSwitch } from "../_parts/table-switch.tsx";
import { Swatch } from "../costs/legend.tsx";
import { rangeOfPoint } from "../costs/opened-slot.ts";
import { pointSentence, prepareBars } from "./prepare.ts";

/** Chart component, loaded after the figures are shown. */
const StackedBars = dynamic(() => import("#app/_charts/bar.tsx").then((module) => module.StackedBars), {
  ssr: false,
  loading: () => <div className="skeleton h-full" />,
});

/** Look-ups over time: misses as bars, hits hatched on top. A bar opens the requests of its days. */
export function CacheChart({
  points,
  range,
  isStale,
}: {
  points: readonly CachePoint[];
  range: RangeView;
  isStale: boolean;
}) {
  const router = useRouter();
  const buildAddress = (index: number) =>
    paths.activity({ range: rangeOfPoint({ points, range }, index), kind: "all" });
  const [isTable, setIsTable] = useState(false);
  const model = useMemo(() => prepareBars(points), [points]);
  return (
    <section aria-labelledby="h-chart" className="rounded-lg border border-line bg-surface">
      <div className="flex flex-wrap items-center gap-x-5 gap-y-1 px-4 pt-2.5 lg:px-5">
        <h2 id="h-chart" className="font-semibold">
          Look-ups
        </h2>
        <ul aria-label="Legend" className="flex gap-x-4 text-xs text-ink2">
          <li className="flex items-center gap-1.5">
            <Swatch colour="avoided" /> Answered from the cache
          </li>
          <li className="flex items-center gap-1.5">
            <Swatch colour="t0" /> Misses
          </li>
        </ul>
        <div className="ml-auto">
          <TableSwitch isOn={isTable} onSwitch={() => setIsTable(!isTable)} />
        </div>
      </div>
      <div className={cx("px-2 pb-2 lg:px-3", isStale && "opacity-60 transition-opacity delay-200 duration-300")}>
        {isTable ? (
          <PointTable points={points} buildAddress={buildAddress} />
        ) : (
          <div className="h-[156px] lg:h-[184px]">
            <StackedBars
              model={model}
              label={`Look-ups in the response cache, ${range.label}, ${range.zone}`}
              tip={(index) => <Tip point={points[index]} />}
              say={(index) => pointSentence(points[index])}
              onPick={(index) => router.push(buildAddress(index))}
            />
          </div>
        )}
      </div>
    </section>
  );
}

function Tip({ point }: { point: CachePoint | undefined }) {
  const line = (name: string, count: number) => (
    <div className="tn flex justify-between gap-3 py-0.5 text-ink2">
      {name} <span className="text-ink">{formatCount(count)}</span>
    </div>
  );
  return (
    <>
      <p className="mb-1 font-medium">{point?.title}</p>
      {point?.counts ? (
        <>
          {line("Hits", point.counts.hits)}
          {line("Misses", point.counts.misses)}
          {line("Bypassed", point.counts.bypasses)}
        </>
      ) : (
        <p className="text-ink3">Nothing was recorded.</p>
      )}
    </>
  );
}

function PointTable({
  points,
  buildAddress,
}: {
  points: readonly CachePoint[];
  buildAddress: (index: number) => string;
}) {
  const count = (kind: keyof NonNullable<CachePoint["counts"]>) => ({
    figure: true,
    cell: ({ counts }: CachePoint) => (counts ? formatCount(counts[kind]) : "–"),
  });
  return (
    <DataTable
      label="Look-ups"
      rows={points}
      rowKey={({ key }) => key}
      isCapped
      columns={[
        {
          name: "When",
          className: "whitespace-nowrap",
          cell: ({ title, counts }, index) =>
            counts ? (
              <Link href={buildAddress(index)} className="text-accent">
                {title}
              </Link>
            ) : (
              title
            ),
        },
        { name: "Hits", ...count("hits") },
        { name: "Misses", ...count("misses") },
        { name: "Bypassed", ...count("bypasses") },
      ]}
    />
  );
}
