/**
 * Value of a CSV cell (RFC 4180), safe to open in a spreadsheet. Text is always quoted, and text a spreadsheet could
 * run as a formula gets a leading apostrophe; numbers stay numbers, so that sums work; null is an empty cell.
 */
type CsvValue = string | number | bigint | null;

export interface CsvColumn<Row> {
  header: string;
  /** `number` columns hold plain decimal numbers ("-0.001200000"); anything else in them is treated as text. */
  kind: "text" | "number";
  value: (row: Row) => CsvValue;
}

/** Yields the header and one line per row, each ended by CR LF. */
export function* csvLines<Row>(columns: readonly CsvColumn<Row>[], rows: Iterable<Row>): Generator<string> {
  yield csvHeader(columns);
  for (const row of rows) yield csvLine(columns, row);
}

export function csvHeader<Row>(columns: readonly CsvColumn<Row>[]): string {
  return `${columns.map((column) => (/^\w+$/.test(column.header) ? column.header : textCell(column.header))).join(",")}\r\n`;
}

export function csvLine<Row>(columns: readonly CsvColumn<Row>[], row: Row): string {
  return `${columns.map((column) => cell(column.kind, column.value(row))).join(",")}\r\n`;
}

/** Makes a text safe for a spreadsheet cell: anything that could start a formula gets a leading apostrophe. */
export function neutralised(text: string): string {
  return formulaStart.test(text) ? `'${text}` : text;
}

/**
 * Pattern of a cell that a spreadsheet would not read as text. `=`, `+`, `-`, `@` and their full-width forms start
 * formulas, also behind blanks and invisible characters, which spreadsheets drop. A leading tab or line break can push
 * the rest into another cell.
 */
const formulaStart = /^(?:[\t\r\n]|[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠])/u;

const plainNumber = /^-?\d+(?:\.\d+)?$/;

function cell(kind: "text" | "number", value: CsvValue): string {
  if (value === null) return "";
  const text = String(value);
  return kind === "number" && plainNumber.test(text) ? text : textCell(text);
}

const textCell = (text: string): string => `"${neutralised(text).replaceAll('"', '""')}"`;
