import { bigintOrNull, queryRows, type SqlSource, textOrNull, toBigInt, toNumber, toText } from "./raw.ts";
import type { SqlRow, SqlValue } from "./sql.ts";
import { sqlInstant } from "./sql-instant.ts";

/** Amounts of a month at one moment. Nano-dollars; null is not known. */
export interface MonthAmounts {
  costNanoUsd: bigint | null;
  savedNanoUsd: bigint | null;
  avoidedNanoUsd: bigint | null;
  planValueNanoUsd: bigint | null;
  /** The part of the cost, and of the plan value, that corrections added. */
  correctedNanoUsd: bigint;
  planCorrectedNanoUsd: bigint;
  requests: bigint;
  unpriced: bigint;
  /** Results of batches: their number, and what they cost without corrections. */
  batchRequests: bigint;
  batchNanoUsd: bigint;
  batchPlanNanoUsd: bigint;
  /** What all other requests cost without corrections. */
  otherNanoUsd: bigint;
  otherPlanNanoUsd: bigint;
}

export interface MonthClose extends MonthAmounts {
  number: number;
  /** `2026-10` */
  month: string;
  zone: string;
  fromS: number;
  toS: number;
  priceVersion: string;
  lastCorrection: number;
  comment: string;
  actorId: string | null;
  actorName: string;
  tokenName: string | null;
  at: Date;
  reopenedAt: Date | null;
  reopenedBy: string | null;
  reopenComment: string | null;
}

const amounts = [
  ["cost_nano_usd", "costNanoUsd"],
  ["saved_nano_usd", "savedNanoUsd"],
  ["avoided_nano_usd", "avoidedNanoUsd"],
  ["plan_value_nano_usd", "planValueNanoUsd"],
  ["corrected_nano_usd", "correctedNanoUsd"],
  ["plan_corrected_nano_usd", "planCorrectedNanoUsd"],
  ["requests", "requests"],
  ["unpriced", "unpriced"],
  ["batch_requests", "batchRequests"],
  ["batch_nano_usd", "batchNanoUsd"],
  ["batch_plan_nano_usd", "batchPlanNanoUsd"],
  ["other_nano_usd", "otherNanoUsd"],
  ["other_plan_nano_usd", "otherPlanNanoUsd"],
] as const satisfies readonly (readonly [string, keyof MonthAmounts])[];

const columns = [
  "number, month, zone, from_s, to_s, price_version, last_correction",
  amounts.map(([column]) => column).join(", "),
  "comment, actor_id, actor_name, token_name, at, reopened_at, reopened_by, reopen_comment",
].join(", ");

/** Lists every close, newest first; `month`: those of one month. */
export async function listMonthCloses(source: SqlSource, month?: string): Promise<MonthClose[]> {
  const where = month === undefined ? "" : "WHERE month = $1";
  const sql = `SELECT ${columns} FROM month_close ${where} ORDER BY number DESC`;
  return (await queryRows(source, sql, month === undefined ? [] : [month])).map(toClose);
}

type NewClose = Omit<MonthClose, "number" | "reopenedAt" | "reopenedBy" | "reopenComment">;

/** Writes a close. Inside a transaction that excludes other writers. Returns its number. */
export async function insertMonthClose(tx: SqlSource, close: NewClose): Promise<number> {
  const [last] = await queryRows(tx, "SELECT MAX(number) AS number FROM month_close");
  const number = toNumber(last?.number) + 1;
  const values: SqlValue[] = [
    number,
    close.month,
    close.zone,
    close.fromS,
    close.toS,
    close.priceVersion,
    close.lastCorrection,
    ...amounts.map(([, name]) => close[name]),
    close.comment,
    close.actorId,
    close.actorName,
    close.tokenName,
    sqlInstant(close.at),
    null,
    null,
    null,
  ];
  const placeholders = values.map((_value, at) => `$${at + 1}`).join(", ");
  await queryRows(tx, `INSERT INTO month_close (${columns}) VALUES (${placeholders})`, values);
  return number;
}

/** Notes that a closed month was opened again. Inside a transaction that excludes other writers. */
export async function markReopened(
  tx: SqlSource,
  number: number,
  { at, by, comment }: { at: Date; by: string; comment: string },
): Promise<void> {
  const sql = "UPDATE month_close SET reopened_at = $1, reopened_by = $2, reopen_comment = $3 WHERE number = $4";
  await queryRows(tx, sql, [sqlInstant(at), by, comment, number]);
}

const toClose = (row: SqlRow): MonthClose => ({
  number: toNumber(row.number),
  month: toText(row.month),
  zone: toText(row.zone),
  fromS: toNumber(row.from_s),
  toS: toNumber(row.to_s),
  priceVersion: toText(row.price_version),
  lastCorrection: toNumber(row.last_correction),
  costNanoUsd: bigintOrNull(row.cost_nano_usd),
  savedNanoUsd: bigintOrNull(row.saved_nano_usd),
  avoidedNanoUsd: bigintOrNull(row.avoided_nano_usd),
  planValueNanoUsd: bigintOrNull(row.plan_value_nano_usd),
  correctedNanoUsd: toBigInt(row.corrected_nano_usd),
  planCorrectedNanoUsd: toBigInt(row.plan_corrected_nano_usd),
  requests: toBigInt(row.requests),
  unpriced: toBigInt(row.unpriced),
  batchRequests: toBigInt(row.batch_requests),
  batchNanoUsd: toBigInt(row.batch_nano_usd),
  batchPlanNanoUsd: toBigInt(row.batch_plan_nano_usd),
  otherNanoUsd: toBigInt(row.other_nano_usd),
  otherPlanNanoUsd: toBigInt(row.other_plan_nano_usd),
  comment: toText(row.comment),
  actorId: textOrNull(row.actor_id),
  actorName: toText(row.actor_name),
  tokenName: textOrNull(row.token_name),
  at: new Date(toText(row.at)),
  reopenedAt: row.reopened_at == null ? null : new Date(toText(row.reopened_at)),
  reopenedBy: textOrNull(row.reopened_by),
  reopenComment: textOrNull(row.reopen_comment),
});
