import type { CorrectionView } from "#core/costs/correction-view.ts";
import { pricedAmounts } from "#core/costs/price-again.ts";
import { emptyMeasures, type RollupDims, rollupDimNames, type SummedMeasure } from "#core/costs/rollup.ts";
import { holdDays } from "./days-change.ts";
import { insertRows } from "./insert-rows.ts";
import { numberOrNull, queryRows, type SqlSource, textOrNull, toBigInt, toNumber, toText } from "./raw.ts";
import { dimColumns, dimValues, sumColumn } from "./rollup-columns.ts";
import { addQuartersEverywhere, type RollupRow } from "./rollup-writes.ts";
import type { SqlConnection, SqlRow, SqlValue } from "./sql.ts";
import { sqlInstant } from "./sql-instant.ts";

/*
 * Corrections: what recorded requests cost by other prices, beside what they were booked with. Events never change; rollups
 * are the opening balance, the events that are held, and these rows (docs/decisions/082-corrections-and-closed-months.md).
 */

/** Measures that prices decide: all that a correction may change. */
export const correctedMeasures = ["unpriced", ...pricedAmounts] as const satisfies readonly SummedMeasure[];
type CorrectedMeasure = (typeof correctedMeasures)[number];

/** What a correction adds to each measure of a row. */
export type CorrectedSums = Record<CorrectedMeasure, bigint>;

export interface CorrectionRow {
  bucketS: number;
  dimsKey: string;
  dims: RollupDims;
  /** Events of the row when it was written. */
  requests: bigint;
  /** Cost before, of the events and all corrections until then, and after. */
  oldNanoUsd: bigint;
  newNanoUsd: bigint;
  changes: CorrectedSums;
}

/** A correction without its rows. */
export interface CorrectionHead extends Omit<CorrectionView, "label" | "changeNanoUsd" | "planChangeNanoUsd" | "at"> {
  /** First quarter-hour and the end of the last one, epoch seconds. */
  fromS: number;
  toS: number;
  actorId: string | null;
  at: Date;
}

const headColumns =
  "number, kind, from_s, to_s, from_day, to_day, zone, models, price_version, undoes, undone_by, requests, comment, actor_id, actor_name, token_name, at";

/** Lists the corrections that touch a span of quarter-hours, newest first; all of them without a span. */
export async function listCorrections(
  source: SqlSource,
  { fromS, toS }: { fromS: number; toS: number } = { fromS: 0, toS: Number.MAX_SAFE_INTEGER },
): Promise<CorrectionHead[]> {
  const sql = `SELECT ${headColumns} FROM correction WHERE from_s < $1 AND to_s > $2 ORDER BY number DESC`;
  return (await queryRows(source, sql, [toS, fromS])).map(toHead);
}

/** Number of the newest correction; 0 before the first. */
export async function latestCorrectionNumber(source: SqlSource): Promise<number> {
  const [row] = await queryRows(source, "SELECT MAX(number) AS number FROM correction");
  return toNumber(row?.number);
}

/** Costs that corrections changed, before and after, by correction and billing. */
export async function sumCorrectionCosts(
  source: SqlSource,
): Promise<{ correction: number; billingMode: string; oldNanoUsd: bigint; newNanoUsd: bigint }[]> {
  const rows = await queryRows(
    source,
    `SELECT correction, billing_mode, SUM(old_nano_usd) AS old, SUM(new_nano_usd) AS new
     FROM correction_row GROUP BY correction, billing_mode`,
  );
  return rows.map((row) => ({
    correction: toNumber(row.correction),
    billingMode: toText(row.billing_mode),
    oldNanoUsd: toBigInt(row.old),
    newNanoUsd: toBigInt(row.new),
  }));
}

/** What all corrections added to each row of a span, by `toRowKey`. */
export async function sumCorrections(
  source: SqlSource,
  { fromS, toS }: { fromS: number; toS: number },
): Promise<Map<string, CorrectedSums>> {
  const sums = correctedMeasures.map((name) => `SUM("${sumColumn(name)}") AS "${name}"`).join(", ");
  const rows = await queryRows(
    source,
    `SELECT bucket_s, dims_key, ${sums} FROM correction_row WHERE bucket_s >= $1 AND bucket_s < $2 GROUP BY bucket_s, dims_key`,
    [fromS, toS],
  );
  return new Map(rows.map((row) => [toRowKey(toNumber(row.bucket_s), toText(row.dims_key)), readChanges(row)]));
}

export const toRowKey = (bucketS: number, dimsKey: string): string => `${bucketS} ${dimsKey}`;

const rowColumns = [
  "correction",
  "bucket_s",
  "dims_key",
  ...dimColumns,
  "requests",
  "old_nano_usd",
  "new_nano_usd",
  ...correctedMeasures.map(sumColumn),
];
const plainRowColumns = rowColumns.map((column) => `"${column}"`).join(", ");
const rowInsert = { table: "correction_row", columns: rowColumns, onConflict: "" };

/** Reads the rows of one correction. */
export async function readCorrectionRows(source: SqlSource, correction: number): Promise<CorrectionRow[]> {
  const rows = await queryRows(source, `SELECT ${plainRowColumns} FROM correction_row WHERE correction = $1`, [
    correction,
  ]);
  return rows.map(toRow);
}

/** Reads the rows of all corrections in a span, in the order in which they were made. */
export async function readCorrectionsIn(
  source: SqlSource,
  { fromS, toS }: { fromS: number; toS: number },
): Promise<(CorrectionRow & { correction: number })[]> {
  const rows = await queryRows(
    source,
    `SELECT ${plainRowColumns} FROM correction_row WHERE bucket_s >= $1 AND bucket_s < $2 ORDER BY correction`,
    [fromS, toS],
  );
  return rows.map((row) => ({ correction: toNumber(row.correction), ...toRow(row) }));
}

/**
 * Writes a correction, and adds it to every rollup. Inside a transaction that excludes other writers of corrections.
 * Returns it with its number.
 */
export async function insertCorrection(
  connection: SqlConnection,
  head: Omit<CorrectionHead, "number" | "undoneBy">,
  rows: readonly CorrectionRow[],
): Promise<CorrectionHead> {
  // Held first: requests are recorded by the same days, or after this.
  const days = await holdDays(connection, head.at);
  const number = (await latestCorrectionNumber(connection)) + 1;
  const values: SqlValue[] = [
    number,
    head.kind,
    head.fromS,
    head.toS,
    head.fromDay,
    head.toDay,
    head.zone,
    JSON.stringify(head.models),
    head.priceVersion,
    head.undoes,
    null,
    head.requests,
    head.comment,
    head.actorId,
    head.actorName,
    head.tokenName,
    sqlInstant(head.at),
  ];
  const placeholders = values.map((_value, at) => `$${at + 1}`).join(", ");
  await connection.all(`INSERT INTO correction (${headColumns}) VALUES (${placeholders})`, values);
  if (head.undoes !== null)
    await connection.all("UPDATE correction SET undone_by = $1 WHERE number = $2", [number, head.undoes]);
  const cells = rows.map((row): SqlValue[] => [
    number,
    row.bucketS,
    row.dimsKey,
    ...dimValues(row.dims),
    row.requests,
    row.oldNanoUsd,
    row.newNanoUsd,
    ...correctedMeasures.map((name) => row.changes[name]),
  ]);
  await insertRows(connection, rowInsert, cells);
  await addQuartersEverywhere(connection, rows.map(toRollupRow), days);
  return { ...head, number, undoneBy: null };
}

/** A row as the rollups take it. */
export function toRollupRow({ bucketS, dimsKey, dims, changes }: CorrectionRow): RollupRow<number> {
  const measures = { ...emptyMeasures(), ...changes, correctedNanoUsd: changes.costNanoUsd };
  return { bucket: bucketS, dimsKey, dims, measures };
}

const toRow = (row: SqlRow): CorrectionRow => ({
  bucketS: toNumber(row.bucket_s),
  dimsKey: toText(row.dims_key),
  dims: Object.fromEntries(
    rollupDimNames.map((name, at) => {
      const value = row[dimColumns[at] ?? ""];
      return [name, name === "ruleVersion" ? toNumber(value) : toText(value)];
    }),
  ) as unknown as RollupDims,
  requests: toBigInt(row.requests),
  oldNanoUsd: toBigInt(row.old_nano_usd),
  newNanoUsd: toBigInt(row.new_nano_usd),
  changes: readChanges(row, sumColumn),
});

const readChanges = (row: SqlRow, toName: (name: CorrectedMeasure) => string = (name) => name): CorrectedSums =>
  Object.fromEntries(correctedMeasures.map((name) => [name, toBigInt(row[toName(name)])])) as CorrectedSums;

const toHead = (row: SqlRow): CorrectionHead => ({
  number: toNumber(row.number),
  kind: toText(row.kind) === "undo" ? "undo" : "reprice",
  fromS: toNumber(row.from_s),
  toS: toNumber(row.to_s),
  fromDay: toText(row.from_day),
  toDay: toText(row.to_day),
  zone: toText(row.zone),
  models: JSON.parse(toText(row.models)) as string[],
  priceVersion: toText(row.price_version),
  undoes: numberOrNull(row.undoes),
  undoneBy: numberOrNull(row.undone_by),
  requests: toNumber(row.requests),
  comment: toText(row.comment),
  actorId: textOrNull(row.actor_id),
  actorName: toText(row.actor_name),
  tokenName: textOrNull(row.token_name),
  at: new Date(toText(row.at)),
});
