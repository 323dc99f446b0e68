import { type KeptPin, standingPin } from "#core/rules/pin.ts";
import type { FallbackMode } from "#core/rules/rule-set.ts";
import { insertRows } from "./insert-rows.ts";
import { queryRows, type SqlSource, textOrNull, toNumber, toText } from "./raw.ts";
import { APPLIED_NOW } from "./rule-versions.ts";
import type { SqlConnection, SqlRow, SqlValue } from "./sql.ts";

/** Row of the table `revision` that numbers the batches of pins; the other row numbers people's changes. */
const PINS_ROW = 2;

const columns = [
  "key",
  "target",
  "released_from",
  "reason",
  "rule_id",
  "version",
  "fallback",
  "asked_key",
  "used_at_ms",
  "written",
] as const;

const onConflict = `ON CONFLICT ("key") DO UPDATE SET ${columns
  .filter((column) => column !== "key")
  .map((column) => `"${column}" = excluded."${column}"`)
  .join(", ")}`;

/**
 * Stores decisions of instances. Where the database holds another decision, the one that stands is kept and returned,
 * so that the caller can follow it. Batches are serialised over all writers: their numbers are in the order of their
 * commits.
 */
export function keepPins(connection: SqlConnection, pins: readonly KeptPin[]): Promise<KeptPin[]> {
  return connection.transaction(async () => {
    const [batch] = await connection.all(
      `INSERT INTO revision (id, number) VALUES (${PINS_ROW}, 1) ON CONFLICT (id) DO UPDATE SET number = revision.number + 1
       RETURNING number, ${APPLIED_NOW} AS applied_now`,
    );
    const appliedNow = toNumber(batch?.applied_now);
    const known = await pinsByKey(connection, pins);
    const kept = new Map<string, KeptPin>();
    const others: KeptPin[] = [];
    for (const pin of pins) {
      const first = kept.get(pin.key) ?? known.get(pin.key);
      const stands = first === undefined ? pin : standingPin(first, pin, appliedNow);
      kept.set(pin.key, stands);
      if (stands.target !== pin.target || stands.releasedFrom !== pin.releasedFrom) others.push(stands);
    }
    const rows = [...kept.values()].map((pin) => toRow(pin, toNumber(batch?.number)));
    await insertRows(connection, { table: "session_pin", columns, onConflict }, rows);
    return others;
  });
}

interface PinsRead {
  pins: KeptPin[];
  /** Number of the last batch read: pass it in next time. */
  upTo: number;
}

/**
 * Reads what batches newer than `after` wrote and is still in force; null when there is none. One look-up when
 * nothing changed.
 */
export async function readPinsAfter(source: SqlSource, after: number, usedSinceMs: number): Promise<PinsRead | null> {
  const [last] = await queryRows(source, `SELECT number FROM revision WHERE id = ${PINS_ROW}`);
  const upTo = toNumber(last?.number);
  if (upTo === after) return null;
  const rows = await queryRows(
    source,
    `SELECT * FROM session_pin
     WHERE written > $1 AND written <= $2 AND used_at_ms >= $3 AND COALESCE(version, 0) >= ${APPLIED_NOW}`,
    [after, upTo, usedSinceMs],
  );
  return { pins: rows.map(toPin), upTo };
}

export async function removePinsUnusedSince(source: SqlSource, beforeMs: number): Promise<void> {
  await queryRows(source, "DELETE FROM session_pin WHERE used_at_ms < $1", [beforeMs]);
}

async function pinsByKey(connection: SqlConnection, pins: readonly KeptPin[]): Promise<Map<string, KeptPin>> {
  const places = pins.map((_, at) => `$${at + 1}`).join(",");
  const keys = pins.map((pin) => pin.key);
  const rows = await connection.all(`SELECT * FROM session_pin WHERE "key" IN (${places})`, keys);
  return new Map(rows.map((row) => [toText(row.key), toPin(row)]));
}

const toRow = (pin: KeptPin, written: number): SqlValue[] => [
  pin.key,
  pin.target,
  pin.releasedFrom,
  pin.reason,
  pin.ruleId,
  pin.version,
  pin.fallback,
  pin.askedKey,
  pin.usedAtMs,
  written,
];

const toPin = (row: SqlRow): KeptPin => ({
  key: toText(row.key),
  target: textOrNull(row.target),
  releasedFrom: textOrNull(row.released_from),
  reason: toText(row.reason),
  ruleId: textOrNull(row.rule_id),
  version: row.version === null ? null : toNumber(row.version),
  fallback: toFallback(row.fallback),
  askedKey: toText(row.asked_key),
  usedAtMs: toNumber(row.used_at_ms),
});

const toFallback = (cell: SqlRow[string] | undefined): FallbackMode =>
  cell === "on-overload" || cell === "never" ? cell : "on-refusal";
