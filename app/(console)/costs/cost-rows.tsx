import { type ReactNode, useState } from "react";
import type { TierToken } from "#app/_charts/theme.ts";
import { cx } from "#app/_ui/cx.ts";
import { Icon } from "#app/_ui/icon.tsx";
import { Link } from "#app/_ui/link.tsx";
import { Money } from "#app/_ui/money.tsx";
import { ModelName } from "#app/_ui/route-mark.tsx";
import { type Column, DataTable } from "#app/_ui/table.tsx";
import { type CostSort, type CostTable, type CostTableRow, naturalSort } from "#core/costs/cost-table.ts";
import { countMissingCosts, type FiguresView, sumTokens } from "#core/costs/figures.ts";
import { computeShare, formatCount, formatPercent, formatTokens } from "#core/report/format.ts";
import { beforeColumns } from "./before-columns.tsx";
import { Cost } from "./cost.tsx";
import { type CostLine, costLines } from "./cost-lines.ts";
import { groupingTitle, groupNames } from "./grouping.tsx";
import { Swatch } from "./legend.tsx";
import { findRowTarget, type OpenedGroup, type RowTarget } from "./open-row.ts";
import type { CostView } from "./url.ts";

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

interface RowsProps {
  table: CostTable;
  view: CostView;
  /** Of models in the chart above; a model that is not in it has the colour of its tier. */
  colours: ReadonlyMap<string, TierToken>;
  onSort: (sort: CostView["sort"]) => void;
  onView: (change: Partial<CostView>) => void;
}

/** Table of a view, sortable by any column, with the exact total and the previous range. Rows with parts open. */
export function CostRows(props: RowsProps) {
  const { table, view, onSort } = props;
  const [openKeys, setOpenKeys] = useState<ReadonlySet<string>>(new Set());
  const sort = view.sort ?? naturalSort(table.group);
  const sortable = (by: CostSort, label: string): Pick<Column<CostLine>, "name" | "head" | "sorted"> => ({
    name: label,
    head: <SortHead by={by} label={label} sort={sort} onSort={onSort} />,
    sorted: sort.by !== by ? undefined : sort.direction === "asc" ? "ascending" : "descending",
  });
  const toggle = (key: string) => {
    const next = new Set(openKeys);
    if (!next.delete(key)) next.add(key);
    setOpenKeys(next);
  };
  return (
    <DataTable
      label={`Costs ${groupingTitle(table.group, table.split ?? null).toLowerCase()}`}
      rows={costLines(table, view.sort, openKeys)}
      rowKey={(line) => line.key}
      rowClassName={(line) => lineLooks[line.kind](table.group === "day")}
      columns={[
        { ...sortable("name", findHead(table)), ...nameCells(props, openKeys, toggle) },
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

const findHead = ({ group, split }: CostTable): string =>
  `${groupNames[group]}${split === undefined ? "" : `, ${groupNames[split].toLowerCase()}`}`;

/** Cells of the first column: names, with the parts of a row further in. */
const nameCells = (
  { table, view, colours, onView }: RowsProps,
  openKeys: ReadonlySet<string>,
  onToggle: (key: string) => void,
): Pick<Column<CostLine>, "className" | "cell"> => ({
  className: (line) =>
    cx(
      (line.kind === "row" || line.kind === "part") && "max-w-[140px] truncate sm:max-w-[220px]",
      line.kind === "part" && "first:pl-9 lg:first:pl-10",
    ),
  cell: (line) => (
    <LineName
      line={line}
      table={table}
      view={view}
      colours={colours}
      isOpen={line.kind === "row" && openKeys.has(line.row.key)}
      onToggle={onToggle}
      onView={onView}
    />
  ),
});

const lineLooks: Record<CostLine["kind"], (isDays: boolean) => string> = {
  row: () => "hover:bg-sunken",
  part: () => "text-ink2 hover:bg-sunken",
  // Its one figure is in a column that only wide screens have, unless the rows are days.
  before: (isDays) => cx("text-ink3", !isDays && "hidden xl:table-row"),
  total: () => "border-t-2 border-edge font-semibold",
};

/** First cell of a line: what it is, what it opens, and whether its parts are shown. */
function LineName({
  line,
  table,
  view,
  colours,
  isOpen,
  onToggle,
  onView,
}: {
  line: CostLine;
  table: CostTable;
  view: CostView;
  colours: ReadonlyMap<string, TierToken>;
  isOpen: boolean;
  onToggle: (key: string) => void;
  onView: (change: Partial<CostView>) => void;
}) {
  if (line.kind !== "row" && line.kind !== "part") return line.name;
  const { row } = line;
  const own: OpenedGroup = { group: line.kind === "part" ? (table.split ?? table.group) : table.group, key: row.key };
  const groups = line.kind === "part" ? [{ group: table.group, key: line.within.key }, own] : [own];
  const name = (
    <Name
      row={row}
      isModel={(own.group === "model" || own.group === "requested") && row.key !== ""}
      colour={own.group === "model" ? colours.get(row.key) : undefined}
      target={findRowTarget(groups, view, table.range)}
      onView={onView}
    />
  );
  if (line.kind === "part" || row.parts === undefined) return name;
  return (
    <span className="flex min-w-0 items-center gap-1">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-label={`${isOpen ? "Hide" : "Show"} the parts of ${row.label}`}
        onClick={() => onToggle(row.key)}
        className="-ml-1 inline-flex size-6 shrink-0 items-center justify-center rounded text-ink3 hover:bg-sunken hover:text-ink"
      >
        <Icon name={isOpen ? "down" : "right"} className="size-3.5" />
      </button>
      {name}
    </span>
  );
}

/** Name of a row, which opens what lies behind it. Rows that lead nowhere are plain text. */
function Name({
  row,
  isModel,
  colour,
  target,
  onView,
}: {
  row: CostTableRow;
  isModel: boolean;
  colour: TierToken | undefined;
  target: RowTarget | null;
  onView: (change: Partial<CostView>) => void;
}) {
  const mark = colour && <Swatch colour={colour} small />;
  const text = isModel ? <ModelName model={row.key} tier={row.tier} mark={mark} /> : <bdi>{row.label}</bdi>;
  const look = "-my-0.5 inline-block min-h-6 max-w-full truncate text-left align-middle hover:underline";
  const title = isModel ? undefined : row.label;
  if (target === null) return <span className={cx("truncate", row.key === "" && "text-ink3")}>{text}</span>;
  if (target.kind === "requests")
    return (
      <Link href={target.href} title={title} className={look}>
        {text}
      </Link>
    );
  return (
    <button type="button" title={title} onClick={() => onView(target.change)} className={look}>
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
