import { Money } from "#app/_ui/money.tsx";
import { Table, Td, Th } from "#app/_ui/table.tsx";
import type { ChartSeries } from "#core/costs/chart-series.ts";
import { isUnpriced, sumTokens } from "#core/costs/figures.ts";
import { formatCount, formatTokens } from "#core/report/format.ts";

/** Table of the chart: the same slots and figures. A slot without data has dashes, not zeros. */
export function SeriesTable({ series }: { series: ChartSeries }) {
  const head = (
    <>
      <Th>{{ hour: "Hour", day: "Day", month: "Month" }[series.unit]}</Th>
      <Th figure>Requests</Th>
      <Th figure>Tokens</Th>
      <Th figure>Cost</Th>
      <Th figure>Saved by rules</Th>
      <Th figure>Avoided by cache</Th>
      <Th figure>Full price</Th>
      <Th figure>Rules</Th>
    </>
  );
  return (
    <div className="max-h-[304px] overflow-y-auto">
      <Table label={`Table of figures per ${series.unit}`} head={head}>
        {series.points.map(({ key, title, figures, version }) => (
          <tr key={key}>
            <Td className="whitespace-nowrap">{title}</Td>
            <Td figure>{figures ? formatCount(figures.requests) : "–"}</Td>
            <Td figure>
              {figures ? <span title={formatCount(sumTokens(figures))}>{formatTokens(sumTokens(figures))}</span> : "–"}
            </Td>
            <Td figure>{figures ? <Money nanoUsd={isUnpriced(figures) ? null : figures.costNanoUsd} /> : "–"}</Td>
            <Td figure>{figures ? <Money nanoUsd={figures.savedNanoUsd} /> : "–"}</Td>
            <Td figure>{figures ? <Money nanoUsd={figures.avoidedNanoUsd} /> : "–"}</Td>
            <Td figure>{figures ? <Money nanoUsd={figures.fullPriceNanoUsd} /> : "–"}</Td>
            <Td figure className="font-mono text-xs text-ink3">
              {version === null ? "–" : `v${version}`}
            </Td>
          </tr>
        ))}
      </Table>
    </div>
  );
}
