import type { Key, ReactNode } from "react";
import { cx } from "./cx.ts";

type Width = "sm" | "md" | "lg" | "xl";

export interface Column<Row> {
  /** Name of the column; its head, unless `head` draws another one. */
  name: string;
  /** For columns that may share a name. */
  key?: Key;
  head?: ReactNode;
  headTitle?: string;
  headClassName?: string;
  /** The head is read aloud but not shown, as for a column of buttons. */
  isHeadHidden?: boolean;
  /** Order of the rows by this column; missing when they are ordered by another one. */
  sorted?: "ascending" | "descending";
  cell: (row: Row, index: number) => ReactNode;
  /** Text of the cell's tooltip. */
  title?: (row: Row) => string | undefined;
  className?: string | ((row: Row) => string | undefined);
  /** A number: to the right, head and cells. */
  figure?: boolean;
  /** Shown on screens of this width and wider. */
  from?: Width;
}

/** How rows are drawn on phones: as a list of cards in the table's place. */
interface Cards<Row> {
  /** The width from which there is the table. */
  below: "sm" | "md";
  draw: (row: Row) => ReactNode;
  className?: (row: Row) => string | false | undefined;
  listClassName?: string;
}

interface Props<Row> {
  /** Name of the table, read aloud. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row, index: number) => Key;
  rowClassName?: (row: Row) => string | false | undefined;
  /** Text that stands for all cells after the first; null: the row has its cells. */
  rowNote?: (row: Row) => ReactNode;
  /** Without it the table scrolls sideways on phones. */
  card?: Cards<Row>;
  /** Stands in the table's place when there are no rows. */
  empty?: ReactNode;
  /** Rows of 33 px, for long lists. */
  dense?: boolean;
  /** At most 304 px high, and scrolls: for the figures behind a chart. */
  isCapped?: boolean;
  /** The columns bring their padding, and the table does not scroll. */
  isBare?: boolean;
  /** The heads are only read aloud on screens narrower than this. */
  headFrom?: "md" | "lg";
}

/**
 * Rows of a panel, as a table or as cards. The table has rows of 37 px and figures to the right. On phones there is a
 * list of cards where `card` draws them. Both are in the page, and the width of the screen shows one. A table that
 * scrolls can be reached by keyboard.
 */
export function DataTable<Row>(props: Props<Row>) {
  const { rows, rowKey, card, empty, isCapped } = props;
  if (rows.length === 0 && empty) return empty;
  if (isCapped) {
    return (
      <div className="max-h-[304px] overflow-y-auto">
        <WideTable {...props} />
      </div>
    );
  }
  if (!card) return <WideTable {...props} />;
  return (
    <>
      <div className={tables[card.below]}>
        <WideTable {...props} />
      </div>
      <ul className={cx("divide-y divide-line", card.listClassName, lists[card.below])}>
        {rows.map((row, index) => (
          <li key={rowKey(row, index)} className={cx("relative px-4 py-2.5", card.className?.(row))}>
            {card.draw(row)}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Content of a card with buttons at its right. */
export function Card({ children, actions }: { children: ReactNode; actions: ReactNode }) {
  return (
    <div className="-mr-2 flex items-start gap-2">
      <div className="min-w-0 flex-1">{children}</div>
      {actions}
    </div>
  );
}

const tables = { sm: "hidden sm:block", md: "hidden md:block" } as const;
const lists = { sm: "sm:hidden", md: "md:hidden" } as const;
const cells: Record<Width, string> = {
  sm: "hidden sm:table-cell",
  md: "hidden md:table-cell",
  lg: "hidden lg:table-cell",
  xl: "hidden xl:table-cell",
};
const heads = {
  md: "sr-only md:not-sr-only md:table-header-group",
  lg: "sr-only lg:not-sr-only lg:table-header-group",
} as const;
const EDGES = "px-2 first:pl-4 last:pr-4 lg:first:pl-5 lg:last:pr-5";

function WideTable<Row>({ label, columns, rows, rowKey, rowClassName, rowNote, dense, isBare, headFrom }: Props<Row>) {
  const table = (
    <table className="tn w-full text-left">
      <caption className="sr-only">{label}</caption>
      <thead className={cx(headFrom && heads[headFrom], "text-xs text-ink3")}>
        <tr className="border-b border-line">
          {columns.map((column) => (
            <Head key={column.key ?? column.name} column={column} isBare={isBare} />
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {rows.map((row, index) => {
          const note = rowNote?.(row) ?? null;
          return (
            <tr key={rowKey(row, index)} className={rowClassName?.(row) || undefined}>
              {(note === null ? columns : columns.slice(0, 1)).map((column) => (
                <td
                  key={column.key ?? column.name}
                  title={column.title?.(row)}
                  className={cx(
                    !isBare && EDGES,
                    !isBare && (dense ? "py-1" : "py-2"),
                    column.figure && "text-right",
                    column.from && cells[column.from],
                    typeof column.className === "function" ? column.className(row) : column.className,
                  )}
                >
                  {column.cell(row, index)}
                </td>
              ))}
              {note === null ? null : (
                <td colSpan={columns.length - 1} className={cx(EDGES, dense ? "py-1" : "py-2", "text-ink3")}>
                  {note}
                </td>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
  if (isBare) return table;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section aria-label={label} tabIndex={0} className="relative overflow-x-auto">
      {table}
    </section>
  );
}

function Head<Row>({ column, isBare }: { column: Column<Row>; isBare?: boolean }) {
  const { name, head = name, headTitle, headClassName, isHeadHidden, sorted, figure, from } = column;
  return (
    <th
      scope="col"
      title={headTitle}
      aria-sort={sorted}
      className={cx(
        "py-1.5 font-normal",
        !isBare && `whitespace-nowrap ${EDGES}`,
        figure && "text-right",
        from && cells[from],
        headClassName,
      )}
    >
      {isHeadHidden ? <span className="sr-only">{head}</span> : head}
    </th>
  );
}
