import { addMeasures, summedMeasures } from "#core/costs/rollup.ts";
import { type CorrectionRow, correctedMeasures, readCorrectionsIn, toRollupRow } from "./corrections.ts";
import { toNumber } from "./raw.ts";
import { dimColumns, sumColumn, sumColumns } from "./rollup-columns.ts";
import { openingUpsert, quarterUpsert, type RollupRow, upsertRollups } from "./rollup-writes.ts";
import type { SqlConnection } from "./sql.ts";

const DAY_S = 86_400;

/** Adds all corrections to the sums by quarter-hour, for a rebuild. Inside a transaction. */
export async function addCorrections(connection: SqlConnection): Promise<void> {
  await addAllRows(connection, quarterUpsert, 1n);
}

/**
 * Takes all corrections out of the opening balance, into which they were copied with the present sums. They are kept beside
 * it. Inside the transaction that copied them.
 */
export async function takeCorrectionsOut(connection: SqlConnection): Promise<void> {
  await addAllRows(connection, openingUpsert, -1n);
}

async function addAllRows(connection: SqlConnection, upsert: typeof openingUpsert, sign: 1n | -1n): Promise<void> {
  const [span] = await connection.all("SELECT MIN(bucket_s) AS first, MAX(bucket_s) AS last FROM correction_row");
  if (span?.first == null) return;
  for (let fromS = toNumber(span.first); fromS <= toNumber(span.last); fromS += DAY_S) {
    const rows = await readCorrectionsIn(connection, { fromS, toS: fromS + DAY_S });
    await upsertRollups(connection, upsert, sumRows(rows, sign));
  }
}

/** One row for each bucket and dimensions: a statement meets each row of the rollup once. */
function sumRows(rows: readonly CorrectionRow[], sign: 1n | -1n): RollupRow<number>[] {
  const byKey = new Map<string, RollupRow<number>>();
  for (const row of rows.map(toRollupRow)) {
    for (const name of summedMeasures) row.measures[name] *= sign;
    const key = `${row.bucket} ${row.dimsKey}`;
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, row);
    else addMeasures(known.measures, row.measures);
  }
  return [...byKey.values()];
}

const corrected = new Set<string>(correctedMeasures.map(sumColumn));
const selectSum = (column: string): string => {
  if (column === "corrected_nano_usd") return `SUM("cost_nano_usd") AS "${column}"`;
  return corrected.has(column) ? `SUM("${column}") AS "${column}"` : `0 AS "${column}"`;
};

/** All corrections of the quarter-hours from `$1` to `$2`, with the columns of `rollup_quarter`. */
export const correctionQuarters = `SELECT bucket_s AS bucket, dims_key,
  ${dimColumns.map((column) => `MIN("${column}") AS "${column}"`).join(", ")},
  ${sumColumns.map(selectSum).join(", ")}, 0 AS last_at_ms
  FROM correction_row WHERE bucket_s >= $1 AND bucket_s < $2 GROUP BY bucket_s, dims_key`;
