import type { ReactNode } from "react";
import { cx } from "#app/_ui/cx.ts";
import { Icon } from "#app/_ui/icon.tsx";
import { Money } from "#app/_ui/money.tsx";
import { ModelName } from "#app/_ui/route-mark.tsx";
import { Table, Td, Th } from "#app/_ui/table.tsx";
import { type CostSort, type CostTable, type CostTableRow, naturalSort, sortCostRows } from "#core/costs/cost-table.ts";
import { type FiguresView, isUnpriced, sumTokens } from "#core/costs/figures.ts";
import { computeShare, formatCount, formatPercent, formatTokens } from "#core/report/format.ts";
import { Before } from "./before-cells.tsx";
import type { CostView } from "./url.ts";

const groupNames = { day: "Day", model: "Served model", project: "Project", team: "Team", person: "Person" } as const;

interface Column {
  by: CostSort;
  label: string;
  /** Hidden on narrow screens; the exported file has every column. */
  from?: string;
  cell: (figures: FiguresView) => ReactNode;
}

const columns: readonly Column[] = [
  { by: "requests", label: "Requests", from: "hidden sm:table-cell", cell: (one) => formatCount(one.requests) },
  {
    by: "overrides",
    label: "Overridden",
    from: "hidden xl:table-cell",
    cell: (one) => (
      <span title={formatCount(one.overrides)}>
        {formatPercent(computeShare(BigInt(one.overrides), BigInt(one.requests)))}
      </span>
    ),
  },
  { by: "errors", label: "Errors", from: "hidden xl:table-cell", cell: (one) => formatCount(one.errors) },
  {
    by: "tokens",
    label: "Tokens",
    from: "hidden lg:table-cell",
    cell: (one) => <span title={tokenWords(one)}>{formatTokens(sumTokens(one))}</span>,
  },
  { by: "cost", label: "Cost", cell: (one) => <Cost figures={one} /> },
  { by: "saved", label: "Saved by rules", from: "hidden md:table-cell", cell: (one) => amount(one, one.savedNanoUsd) },
  {
    by: "avoided",
    label: "Avoided by cache",
    from: "hidden lg:table-cell",
    cell: (one) => amount(one, one.avoidedNanoUsd),
  },
  { by: "full", label: "Full price", from: "hidden md:table-cell", cell: (one) => amount(one, one.fullPriceNanoUsd) },
];

/** Table of a view, sortable by any column, with the exact total and the previous range. */
export function CostRows({
  table,
  view,
  onSort,
  onOpen,
}: {
  table: CostTable;
  view: CostView;
  onSort: (sort: CostView["sort"]) => void;
  onOpen: (row: CostTableRow) => void;
}) {
  const sort = view.sort ?? naturalSort(table.group);
  const isCompared = table.previous !== null;
  const isDays = table.group === "day";
  const head = (
    <>
      <SortHead by="name" label={groupNames[table.group]} sort={sort} onSort={onSort} />
      {columns.map((column) => (
        <SortHead key={column.by} {...column} sort={sort} onSort={onSort} figure />
      ))}
      {isCompared ? (
        <>
          <Th
            figure
            className={isDays ? undefined : "hidden xl:table-cell"}
            title={table.previous ? `${table.previous.label}${isDays ? ", the same weekdays" : ""}` : undefined}
          >
            Before
          </Th>
          {isDays ? null : <Th figure>Change</Th>}
        </>
      ) : null}
    </>
  );
  return (
    <Table label={`Costs by ${groupNames[table.group].toLowerCase()}`} head={head}>
      {sortCostRows(table.rows, sort.by, sort.direction).map((row) => (
        <tr key={row.key} className="hover:bg-sunken">
          <Td className="max-w-[140px] truncate sm:max-w-[220px]">
            <Name table={table} row={row} onOpen={onOpen} />
          </Td>
          {columns.map((column) => (
            <Td key={column.by} figure className={column.from}>
              {column.cell(row.figures)}
            </Td>
          ))}
          {isCompared ? (
            <Before
              isDays={isDays}
              isUnderWay={table.isUnderWay}
              now={row.figures.costNanoUsd}
              before={row.previousCostNanoUsd}
            />
          ) : null}
        </tr>
      ))}
      {table.previousOtherCostNanoUsd === null ? null : (
        <tr className={cx("text-ink3", !isDays && "hidden xl:table-row")}>
          <Td>{isDays ? "Other days before" : "Only before"}</Td>
          {columns.map((column) => (
            <Td key={column.by} figure className={column.from}>
              –
            </Td>
          ))}
          <Td figure>
            <Money nanoUsd={table.previousOtherCostNanoUsd} />
          </Td>
          {isDays ? null : <Td figure>–</Td>}
        </tr>
      )}
      <tr className="border-t-2 border-edge font-semibold">
        <Td>Total</Td>
        {columns.map((column) => (
          <Td key={column.by} figure className={column.from}>
            {column.cell(table.total)}
          </Td>
        ))}
        {isCompared ? (
          <Before
            isDays={isDays}
            isUnderWay={table.isUnderWay}
            now={table.total.costNanoUsd}
            before={table.previousTotalCostNanoUsd}
          />
        ) : null}
      </tr>
    </Table>
  );
}

/** Row that opens its hours (for a day) or days. Rows without the property open nothing. */
function Name({ table, row, onOpen }: { table: CostTable; row: CostTableRow; onOpen: (row: CostTableRow) => void }) {
  const isModel = table.group === "model" && row.key !== "";
  const text = isModel ? <ModelName model={row.key} tier={row.tier} /> : <bdi>{row.label}</bdi>;
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
  from,
  sort,
  onSort,
  figure,
}: {
  by: CostSort;
  label: string;
  from?: string;
  sort: NonNullable<CostView["sort"]>;
  onSort: (sort: CostView["sort"]) => void;
  figure?: boolean;
}) {
  const isOn = sort.by === by;
  const turned = sort.direction === "asc" ? "desc" : "asc";
  return (
    <Th
      figure={figure}
      className={from}
      aria-sort={isOn ? (sort.direction === "asc" ? "ascending" : "descending") : undefined}
    >
      <button
        type="button"
        onClick={() => onSort({ by, direction: isOn ? turned : by === "name" ? "asc" : "desc" })}
        className={cx("inline-flex min-h-6 items-center gap-0.5 hover:text-ink", isOn && "font-medium text-ink")}
      >
        {label}
        {isOn ? <Icon name={sort.direction === "asc" ? "up" : "down"} className="size-3.5" /> : null}
      </button>
    </Th>
  );
}

function Cost({ figures }: { figures: FiguresView }) {
  return (
    <span className="inline-flex flex-wrap items-baseline justify-end gap-x-1.5">
      {figures.unpriced > 0 && !isUnpriced(figures) ? (
        <span
          className="text-2xs font-normal text-warn"
          title="Requests whose price is not known are not in this amount"
        >
          +{formatCount(figures.unpriced)} unpriced
        </span>
      ) : null}
      <Money nanoUsd={isUnpriced(figures) ? null : figures.costNanoUsd} className="font-medium" />
    </span>
  );
}

const amount = (figures: FiguresView, nanoUsd: string) =>
  isUnpriced(figures) ? <span className="text-ink3">–</span> : <Money nanoUsd={nanoUsd} />;

const tokenWords = (one: FiguresView): string =>
  [
    `input ${formatCount(one.inputTokens)}`,
    `cache write 5 min ${formatCount(one.cacheWrite5mTokens)}`,
    `cache write 1 h ${formatCount(one.cacheWrite1hTokens)}`,
    `cache read ${formatCount(one.cacheReadTokens)}`,
    `output ${formatCount(one.outputTokens)}`,
  ].join(" · ");
