import { queryRows, type SqlSource, textOrNull, toNumber, toText } from "./raw.ts";
import type { SqlRow } from "./sql.ts";
import { sqlInstant } from "./sql-instant.ts";

/** A report of the provider that was imported. */
interface BillImportRow {
  id: string;
  kind: string;
  format: string;
  name: string;
  digest: string;
  firstDay: string;
  lastDay: string;
  dayCount: number;
  actorId: string | null;
  actorName: string;
  via: string;
  importedAt: Date;
}

/** What the report in force says of a day; `records` is JSON. */
export interface BillDayRow {
  kind: string;
  day: string;
  importId: string;
  records: string;
}

const COLUMNS =
  "id, kind, format, name, digest, first_day, last_day, day_count, actor_id, actor_name, via, imported_at";

/** Inserts the line of one import. Inside the transaction that puts its days. */
export async function insertBillImport(tx: SqlSource, row: BillImportRow): Promise<void> {
  await queryRows(
    tx,
    `INSERT INTO bill_import (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      row.id,
      row.kind,
      row.format,
      row.name,
      row.digest,
      row.firstDay,
      row.lastDay,
      row.dayCount,
      row.actorId,
      row.actorName,
      row.via,
      sqlInstant(row.importedAt),
    ],
  );
}

/** Puts a day in the place of what an earlier report said of it. */
export async function putBillDay(tx: SqlSource, row: BillDayRow): Promise<void> {
  await queryRows(
    tx,
    `INSERT INTO bill_day (kind, day, import_id, records) VALUES ($1, $2, $3, $4)
     ON CONFLICT (kind, day) DO UPDATE SET import_id = excluded.import_id, records = excluded.records`,
    [row.kind, row.day, row.importId, row.records],
  );
}

/** Lists the days of a range, `fromDay` inclusive, `toDay` exclusive, of one kind or both, oldest first. */
export async function listBillDays(
  source: SqlSource,
  { fromDay, toDay, kind }: { fromDay: string; toDay: string; kind?: string },
): Promise<BillDayRow[]> {
  const rows = await queryRows(
    source,
    `SELECT kind, day, import_id, records FROM bill_day WHERE day >= $1 AND day < $2${kind === undefined ? "" : " AND kind = $3"}
     ORDER BY day, kind`,
    kind === undefined ? [fromDay, toDay] : [fromDay, toDay, kind],
  );
  return rows.map((row) => ({
    kind: toText(row.kind),
    day: toText(row.day),
    importId: toText(row.import_id),
    records: toText(row.records),
  }));
}

/** The last day that any report covers; null before the first import. */
export async function lastBillDay(source: SqlSource): Promise<string | null> {
  const [row] = await queryRows(source, "SELECT MAX(day) AS day FROM bill_day");
  return row === undefined ? null : textOrNull(row.day);
}

/** Lists imports, newest first. */
export async function listBillImports(source: SqlSource, take: number): Promise<BillImportRow[]> {
  const rows = await queryRows(
    source,
    `SELECT ${COLUMNS} FROM bill_import ORDER BY imported_at DESC, id DESC LIMIT $1`,
    [take],
  );
  return rows.map(toRow);
}

const toRow = (row: SqlRow): BillImportRow => ({
  id: toText(row.id),
  kind: toText(row.kind),
  format: toText(row.format),
  name: toText(row.name),
  digest: toText(row.digest),
  firstDay: toText(row.first_day),
  lastDay: toText(row.last_day),
  dayCount: toNumber(row.day_count),
  actorId: textOrNull(row.actor_id),
  actorName: toText(row.actor_name),
  via: toText(row.via),
  importedAt: new Date(toText(row.imported_at)),
});
