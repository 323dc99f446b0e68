import { toDollars } from "#core/money/nano-usd.ts";
import type { CsvColumn } from "./csv.ts";

/** Column of an exported table, in every format the same. `money`: whole nano-dollars, written as dollars. */
export interface ExportColumn<Row> {
  name: string;
  kind: "text" | "whole" | "money";
  /** Null is unknown, or none: an empty cell, never 0. */
  value: (row: Row) => string | bigint | null;
}

/** Builds the CSV column: money as plain dollars with nine decimals. */
export const toCsvColumn = <Row>({ name, kind, value }: ExportColumn<Row>): CsvColumn<Row> => ({
  header: name,
  kind: kind === "text" ? "text" : "number",
  value: (row) => {
    const cell = value(row);
    return kind === "money" && typeof cell === "bigint" ? toDollars(cell) : cell;
  },
});

/** Formats a row as one line of JSON. Money is text with nine decimals, so that no reader rounds it. */
export function formatJsonLine<Row>(columns: readonly ExportColumn<Row>[], row: Row): string {
  return `${JSON.stringify(toJsonRow(columns, row))}\n`;
}

/** Builds the object of a line of JSON. */
export function toJsonRow<Row>(
  columns: readonly ExportColumn<Row>[],
  row: Row,
): Record<string, string | number | null> {
  return Object.fromEntries(
    columns.map(({ name, kind, value }) => {
      const cell = value(row);
      if (typeof cell !== "bigint") return [name, cell];
      return [name, kind === "money" ? toDollars(cell) : Number(cell)];
    }),
  );
}
