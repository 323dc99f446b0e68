import type { ReactNode } from "react";
import type { TierToken } from "#app/_charts/theme.ts";
import { cx } from "#app/_ui/cx.ts";
import { Icon } from "#app/_ui/icon.tsx";
import { Money } from "#app/_ui/money.tsx";
import { ModelName } from "#app/_ui/route-mark.tsx";
import { type Column, DataTable } from "#app/_ui/table.tsx";
import { type CostSort, type CostTable, type CostTableRow, naturalSort } from "#core/costs/cost-table.ts";
import { countMissingCosts, type FiguresView, sumTokens } from "#core/costs/figures.ts";
import { computeShare, formatCount, formatPercent, formatTokens } from "#core/report/format.ts";
import { beforeColumns } from "./before-columns.tsx";
import { Cost } from "./cost.tsx";
import { type CostLine, costLines } from "./cost-lines.ts";
import { Swatch } from "./legend.tsx";
import type { CostView } from "./url.ts";

const groupNames = { day: "Day", model: "Served model", project: "Project", team: "Team", person: "Person" } as const;

interface Figure {
  by: CostSort;
  label: string;
  /** Hidden on narrower screens; the exported file has every column. */
  from?: Column<CostLine>["from"];
  cell: (figures: FiguresView) => ReactNode;
}

const figures: readonly Figure[] = [
  { by: "requests", label: "Requests", from: "sm", cell: (one) => formatCount(one.requests) },
  {
    by: "overrides",
    label: "Overridden",
    from: "xl",
    cell: (one) => (
      <span title={formatCount(one.overrides)}>
        {formatPercent(computeShare(BigInt(one.overrides), BigInt(one.requests)))}
      </span>
    ),
  },
  { by: "errors", label: "Errors", from: "xl", cell: (one) => formatCount(one.errors) },
  {
    by: "tokens",
    label: "Tokens",
    from: "lg",
    cell: (one) => <span title={tokenWords(one)}>{formatTokens(sumTokens(one))}</span>,
  },
  {
    by: "cost",
    label: "Cost",
    cell: (one) => <Cost nanoUsd={one.costNanoUsd} unpriced={countMissingCosts(one)} className="font-medium" />,
  },
  { by: "saved", label: "Saved by rules", from: "md", cell: (one) => <Money nanoUsd={one.savedNanoUsd} /> },
  { by: "avoided", label: "Avoided by cache", from: "lg", cell: (one) => <Money nanoUsd={one.avoidedNanoUsd} /> },
  { by: "full", label: "Full price", from: "md", cell: (one) => <Money nanoUsd={one.fullPriceNanoUsd} /> },
];

/** Table of a view, sortable by any column, with the exact total and the previous range. */
export function CostRows({
  table,
  view,
  colours,
  onSort,
  onOpen,
}: {
  table: CostTable;
  view: CostView;
  /** Of models in the chart above; a model that is not in it has the colour of its tier. */
  colours: ReadonlyMap<string, TierToken>;
  onSort: (sort: CostView["sort"]) => void;
  onOpen: (row: CostTableRow) => void;
}) {
  const sort = view.sort ?? naturalSort(table.group);
  const sortable = (by: CostSort, label: string): Pick<Column<CostLine>, "name" | "head" | "sorted"> => ({
    name: label,
    head: <SortHead by={by} label={label} sort={sort} onSort={onSort} />,
    sorted: sort.by !== by ? undefined : sort.direction === "asc" ? "ascending" : "descending",
  });
  return (
    <DataTable
      label={`Costs by ${groupNames[table.group].toLowerCase()}`}
      rows={costLines(table, sort)}
      rowKey={(line) => line.key}
      rowClassName={(line) => lineLooks[line.kind](table.group === "day")}
      columns={[
        {
          ...sortable("name", groupNames[table.group]),
          className: (line) => (line.kind === "row" ? "max-w-[140px] truncate sm:max-w-[220px]" : undefined),
          cell: (line) =>
            line.kind === "row" ? (
              <Name table={table} row={line.row} colour={colours.get(line.row.key)} onOpen={onOpen} />
            ) : (
              line.name
            ),
        },
        ...figures.map(({ by, label, from, cell }) => ({
          ...sortable(by, label),
          figure: true,
          from,
          cell: (line: CostLine) => (line.figures === null ? "–" : cell(line.figures)),
        })),
        ...beforeColumns(table),
      ]}
    />
  );
}

const lineLooks: Record<CostLine["kind"], (isDays: boolean) => string> = {
  row: () => "hover:bg-sunken",
  // Its one figure is in a column that only wide screens have, unless the rows are days.
  before: (isDays) => cx("text-ink3", !isDays && "hidden xl:table-row"),
  total: () => "border-t-2 border-edge font-semibold",
};

/** Row that opens its hours (for a day) or days. Rows without the property open nothing. */
function Name({
  table,
  row,
  colour,
  onOpen,
}: {
  table: CostTable;
  row: CostTableRow;
  colour: TierToken | undefined;
  onOpen: (row: CostTableRow) => void;
}) {
  const isModel = table.group === "model" && row.key !== "";
  const mark = colour && <Swatch colour={colour} small />;
  const text = isModel ? <ModelName model={row.key} tier={row.tier} mark={mark} /> : <bdi>{row.label}</bdi>;
  if (row.key === "") return <span className="text-ink3">{text}</span>;
  return (
    <button
      type="button"
      title={isModel ? undefined : row.label}
      onClick={() => onOpen(row)}
      className="-my-0.5 min-h-6 max-w-full truncate text-left align-middle hover:underline"
    >
      {text}
    </button>
  );
}

function SortHead({
  by,
  label,
  sort,
  onSort,
}: {
  by: CostSort;
  label: string;
  sort: NonNullable<CostView["sort"]>;
  onSort: (sort: CostView["sort"]) => void;
}) {
  const isOn = sort.by === by;
  const turned = sort.direction === "asc" ? "desc" : "asc";
  return (
    <button
      type="button"
      onClick={() => onSort({ by, direction: isOn ? turned : by === "name" ? "asc" : "desc" })}
      className={cx("inline-flex min-h-6 items-center gap-0.5 hover:text-ink", isOn && "font-medium text-ink")}
    >
      {label}
      {isOn ? <Icon name={sort.direction === "asc" ? "up" : "down"} className="size-3.5" /> : null}
    </button>
  );
}

const tokenWords = (one: FiguresView): string =>
  [
    `input ${formatCount(one.inputTokens)}`,
    `cache write 5 min ${formatCount(one.cacheWrite5mTokens)}`,
    `cache write 1 h ${formatCount(one.cacheWrite1hTokens)}`,
    `cache read ${formatCount(one.cacheReadTokens)}`,
    `output ${formatCount(one.outputTokens)}`,
  ].join(" · ");
