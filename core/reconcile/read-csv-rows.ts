import { ReportError } from "./report-problems.ts";

/** A row of a CSV with its cells by column. */
export interface CsvRow {
  /** Line of the file it begins on. */
  line: number;
  cells: ReadonlyMap<string, string>;
}

/** Reads a CSV (RFC 4180) with a header. Throws a `ReportError` for a row whose cells are not those of the header. */
export function readCsvRows(text: string): { header: readonly string[]; rows: CsvRow[] } {
  const [first, ...records] = splitRecords(text);
  const header = (first?.cells ?? []).map((name) => name.trim());
  const twice = header.find((name, at) => header.indexOf(name) !== at);
  if (twice !== undefined) throw new ReportError("line 1", `has the column ${twice} twice`);
  const rows = records.map(({ line, cells }): CsvRow => {
    if (cells.length !== header.length)
      throw new ReportError(`line ${line}`, `has ${cells.length} cells, the header has ${header.length}`);
    return { line, cells: new Map(header.map((name, at) => [name, (cells[at] ?? "").trim()])) };
  });
  return { header, rows };
}

interface Record {
  line: number;
  cells: string[];
}

/** Splits into records; empty lines are left out. */
function splitRecords(text: string): Record[] {
  const records: Record[] = [];
  let line = 1;
  let record: Record = { line, cells: [] };
  let cell = "";
  let isQuoted = false;
  const end = (): void => {
    record.cells.push(cell);
    if (record.cells.length > 1 || cell.trim() !== "") records.push(record);
    cell = "";
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "\n") line += 1;
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (character === '"' && cell === "") isQuoted = true;
    else if (character === ",") {
      record.cells.push(cell);
      cell = "";
    } else if (character === "\n") {
      end();
      record = { line, cells: [] };
    } else if (character !== "\r") cell += character;
  }
  if (isQuoted) throw new ReportError(`line ${record.line}`, "opens a quotation mark that does not end");
  end();
  return records;
}
