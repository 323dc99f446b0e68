import { Link } from "#app/_ui/link.tsx";
import { Money } from "#app/_ui/money.tsx";
import { DataTable } from "#app/_ui/table.tsx";
import type { ChartSeries } from "#core/costs/chart-series.ts";
import { type FiguresView, sumTokens } from "#core/costs/figures.ts";
import { formatCount, formatTokens } from "#core/report/format.ts";

/**
 * Table of the chart: the same slots and figures. A slot without data has dashes, not zeros; one with data leads to its
 * requests.
 */
export function SeriesTable({
  series,
  buildAddress,
}: {
  series: ChartSeries;
  /** Address of the requests of a slot. */
  buildAddress: (index: number) => string;
}) {
  return (
    <DataTable
      label={`Table of figures per ${series.unit}`}
      rows={series.points}
      rowKey={({ key }) => key}
      isCapped
      columns={[
        {
          name: slotNames[series.unit],
          className: "whitespace-nowrap",
          cell: ({ title, figures }, index) => (figures ? slotLink(title, buildAddress(index)) : title),
        },
        { name: "Requests", figure: true, cell: ({ figures }) => (figures ? formatCount(figures.requests) : "–") },
        {
          name: "Tokens",
          figure: true,
          cell: ({ figures }) =>
            figures ? <span title={formatCount(sumTokens(figures))}>{formatTokens(sumTokens(figures))}</span> : "–",
        },
        {
          name: "Cost",
          figure: true,
          cell: ({ figures }) => amount(figures, (one) => one.costNanoUsd),
        },
        { name: "Saved by rules", figure: true, cell: ({ figures }) => amount(figures, (one) => one.savedNanoUsd) },
        { name: "Avoided by cache", figure: true, cell: ({ figures }) => amount(figures, (one) => one.avoidedNanoUsd) },
        { name: "Full price", figure: true, cell: ({ figures }) => amount(figures, (one) => one.fullPriceNanoUsd) },
        {
          name: "Rules",
          figure: true,
          className: "font-mono text-xs text-ink3",
          cell: ({ version }) => (version === null ? "–" : `v${version}`),
        },
      ]}
    />
  );
}

const slotLink = (title: string, address: string) => (
  <Link href={address} className="text-accent">
    {title}
  </Link>
);

const slotNames = { hour: "Hour", day: "Day", month: "Month" } as const;

const amount = (figures: FiguresView | null, pickNanoUsd: (figures: FiguresView) => string | null) =>
  figures ? <Money nanoUsd={pickNanoUsd(figures)} /> : "–";
