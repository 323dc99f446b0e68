import {
  type AsyncBuffer,
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetReadObjects,
  type SchemaElement,
} from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { ExportColumn } from "#core/report/export-column.ts";
import { REQUEST_COLUMNS, type RequestColumn } from "#core/report/request-report.ts";
import { eventCells, eventOfRow } from "#store/event-columns.ts";
import type { SqlRow, SqlValue } from "#store/sql.ts";

/*
 * Files of Apache Parquet, and the only place that knows their library. The same events give the same bytes.
 */

const PHYSICAL: Readonly<Record<RequestColumn["kind"], Partial<SchemaElement>>> = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  whole: { type: "INT64" },
  money: { type: "INT64" },
  flag: { type: "BOOLEAN" },
  instant: {
    type: "INT64",
    converted_type: "TIMESTAMP_MILLIS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
  },
};

const TABLE_PHYSICAL: Readonly<Record<ExportColumn<unknown>["kind"], Partial<SchemaElement>>> = {
  text: PHYSICAL.text,
  whole: PHYSICAL.whole,
  // Dollars with nine decimals, kept as the whole number of nano-dollars: no reader rounds them.
  money: {
    type: "INT64",
    converted_type: "DECIMAL",
    logical_type: { type: "DECIMAL", precision: 18, scale: 9 },
    precision: 18,
    scale: 9,
  },
};

/** Turns pages of rows into the bytes of a file whose columns are those of the CSV. Money is a decimal with nine digits. */
export class TableEncoder<Row> {
  private readonly bytes = new ByteWriter();
  private readonly writer: ParquetWriter;

  constructor(private readonly columns: readonly ExportColumn<Row>[]) {
    const schema: SchemaElement[] = [
      { name: "row", num_children: columns.length },
      ...columns.map(
        ({ name, kind }): SchemaElement => ({ ...TABLE_PHYSICAL[kind], name, repetition_type: "OPTIONAL" }),
      ),
    ];
    this.writer = new ParquetWriter({ writer: this.bytes, schema, createdBy: "CCO" });
  }

  /** Encodes a page. Returns the bytes to append to the file. */
  page(rows: readonly Row[]): Uint8Array {
    const columnData = this.columns.map(({ name, value }) => ({ name, data: rows.map(value) }));
    if (rows.length > 0) this.writer.write({ columnData, rowGroupSize: rows.length });
    return takeBytes(this.bytes);
  }

  /** Returns the end of the file, behind the last page. */
  end(): Uint8Array {
    this.writer.finish();
    return takeBytes(this.bytes);
  }
}

const schema: SchemaElement[] = [
  { name: "request", num_children: REQUEST_COLUMNS.length },
  ...REQUEST_COLUMNS.map(
    ({ name, kind, isNullable }): SchemaElement => ({
      ...PHYSICAL[kind],
      name,
      repetition_type: isNullable ? "OPTIONAL" : "REQUIRED",
    }),
  ),
];

/** Turns pages of events into the bytes of a file, one row group a page. */
export class EventEncoder {
  private readonly bytes = new ByteWriter();
  private readonly writer: ParquetWriter;

  constructor() {
    this.writer = new ParquetWriter({ writer: this.bytes, schema, createdBy: "CCO" });
  }

  /** Encodes a page. Returns the bytes to append to the file. */
  page(events: readonly RequestEvent[]): Uint8Array {
    const cells = events.map(eventCells);
    const columnData = REQUEST_COLUMNS.map(({ name, kind }, at) => ({
      name,
      data: cells.map((row) => storedValue(kind, row[at] ?? null)),
    }));
    this.writer.write({ columnData, rowGroupSize: events.length });
    return takeBytes(this.bytes);
  }

  /** Returns the end of the file, behind the last page. */
  end(): Uint8Array {
    this.writer.finish();
    return takeBytes(this.bytes);
  }
}

function takeBytes(bytes: ByteWriter): Uint8Array {
  const taken = bytes.getBytes().slice();
  bytes.index = 0;
  return taken;
}

function storedValue(kind: RequestColumn["kind"], cell: SqlValue): string | bigint | boolean | Date | null {
  if (cell === null) return null;
  if (kind === "text") return String(cell);
  if (kind === "flag") return Number(cell) === 1;
  return kind === "instant" ? new Date(Number(cell)) : BigInt(cell);
}

/** Reads a file page by page, as it was written. Throws a plain error where it is no such file. */
export async function* readEventPages(file: string): AsyncGenerator<RequestEvent[]> {
  const buffer: AsyncBuffer = await asyncBufferFromFile(file);
  const metadata = await parquetMetadataAsync(buffer);
  let from = 0;
  for (const group of metadata.row_groups) {
    const to = from + Number(group.num_rows);
    const rows = await parquetReadObjects({ file: buffer, metadata, rowStart: from, rowEnd: to });
    yield rows.map(eventOfRecord);
    from = to;
  }
}

/** What a file of an earlier release lacks is null, as in the database. */
function eventOfRecord(record: Record<string, unknown>): RequestEvent {
  const row: SqlRow = {};
  for (const { name, of } of REQUEST_COLUMNS) row[of.column] = toCell(record[name]);
  return eventOfRow(row);
}

function toCell(value: unknown): SqlValue {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.getTime();
  if (typeof value === "boolean") return Number(value);
  return typeof value === "bigint" ? value : String(value);
}
