// Long because one pass over the events checks sums, amounts and corrections.

import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { type AmountDifference, isPricedBy, wrongByPriceList, wrongSums } from "#core/costs/price-again.ts";
import { eventMeasures, toQuarterStart } from "#core/costs/rollup.ts";
import { toDayKey } from "#core/time/instant.ts";
import { type CheckedCorrections, CorrectionCheck } from "./correction-check.ts";
import { correctionQuarters } from "./correction-sums.ts";
import { cutColumns, readCutRuns, selectCut } from "./cut-days.ts";
import { dayZone } from "./days-change.ts";
import { COUNTED_COLUMNS } from "./event-columns.ts";
import { eventPages } from "./events.ts";
import { type CountedWithoutEvents, readOpening } from "./opening-balance.ts";
import { dimColumns, dimValues, sumColumns, sumValues, toColumn } from "./rollup-columns.ts";
import { ROLLUP_CUTS } from "./rollup-cuts.ts";
import { quartersOfDay, RollupSheet } from "./rollup-writes.ts";
import type { SqlConnection, SqlRow, SqlValue } from "./sql.ts";

/** Content of the database that does not follow from the events, or from their tokens. */
export interface Difference {
  kind: "quarter-hour" | "day" | "event" | "correction";
  /** Start of the quarter-hour (UTC), the day, the event's id, or the correction with its quarter-hour. */
  which: string;
  /** Subject of the row, by name. */
  about: string;
  /** `extra`: no event belongs to it. */
  state: "missing" | "extra" | "changed";
  /** Columns that differ, with the stored and the computed value. */
  fields: AmountDifference[];
}

export interface LedgerVerdict extends CountedWithoutEvents {
  /** Whether rollups equal the events and the opening balance, and every amount can be recomputed. */
  ok: boolean;
  events: number;
  /** Events that the rollups count as unpriced, as every page does: work without a known cost, not refusals. */
  unpriced: number;
  /** Events priced with one of the given price books, and priced again. */
  repriced: number;
  /** Price list -> number of events priced with it, where it is not the given one: only their sums are checked. */
  otherPriceLists: Record<string, number>;
  /** Number of rows and events that differ; `problems` holds the first of them. */
  differences: number;
  problems: Difference[];
  corrections: CheckedCorrections;
}

const PROBLEMS_MAX = 50;

/** Called now and then with the events verified so far, and the number that the rollups count. */
export type VerifyProgress = (events: number, expected: number) => void;

const PROGRESS_EVERY = 5000;

/**
 * Recomputes both rollups from the events, the opening balance and the corrections. With price books, also every amount.
 * Reads one snapshot of the database, so traffic may continue. Holds one quarter-hour in memory at a time.
 */
export function verifyLedger(
  connection: SqlConnection,
  books: readonly Catalogue[] = [],
  onProgress: VerifyProgress = () => {},
): Promise<LedgerVerdict> {
  return connection.snapshot(async () => {
    const others = new Map<string, number>();
    const withoutEvents = await readOpening(connection);
    const found = { events: 0, unpriced: 0, repriced: 0, differences: 0, problems: [] as Difference[] };
    const corrections = await CorrectionCheck.open(connection, books);
    const report = (problem: Difference) => {
      found.differences += 1;
      if (found.problems.length < PROBLEMS_MAX) found.problems.push(problem);
    };
    const [sum] = await connection.all("SELECT SUM(requests) AS requests FROM rollup_day");
    const counted = Number(sum?.requests ?? 0) - (withoutEvents.opening?.requests ?? 0);
    const expected = Math.max(0, counted - (withoutEvents.archived?.requests ?? 0));
    await verifyQuarters(connection, report, corrections, (event) => {
      found.events += 1;
      if (found.events % PROGRESS_EVERY === 0) onProgress(found.events, expected);
      if (eventMeasures.unpriced(event) === true) found.unpriced += 1;
      if (books.length === 0) return;
      const catalogue = books.find((book) => isPricedBy(event, book)) ?? null;
      const isOurs = catalogue !== null;
      if (isOurs) found.repriced += 1;
      else if (event.priceVersion !== null) others.set(event.priceVersion, (others.get(event.priceVersion) ?? 0) + 1);
      const wrong = isOurs ? wrongByPriceList(event, catalogue) : wrongSums(event);
      if (wrong.length > 0) report(wrongEvent(event, wrong));
    });
    await verifyDays(connection, report);
    const otherPriceLists = Object.fromEntries(others);
    const ok = found.differences === 0;
    return { ok, ...withoutEvents, ...found, otherPriceLists, corrections: corrections.counts };
  });
}

type Report = (problem: Difference) => void;

function wrongEvent(event: RequestEvent, wrong: readonly AmountDifference[]): Difference {
  const { id, startedAtMs, requestedModel, servedModel, project } = event;
  const models = route(requestedModel ?? "", servedModel ?? "");
  const about = `${new Date(startedAtMs).toISOString()}, ${models}, project ${project}`;
  const fields = wrong.map(({ name, ...sides }) => ({ name: toColumn(name), ...sides }));
  return { kind: "event", which: id, about, state: "changed", fields };
}

async function verifyQuarters(
  connection: SqlConnection,
  report: Report,
  corrections: CorrectionCheck,
  visit: (event: RequestEvent) => void,
) {
  let sheet = new RollupSheet();
  let held: RequestEvent[] = [];
  let open: number | null = null;
  let checkedToS = Number.MIN_SAFE_INTEGER;
  const close = async (toS: number) => {
    const rows = await connection.all(quarterRows, [checkedToS, toS]);
    const wanted = sheet.rows().map(({ bucket, dimsKey, dims, measures }): [string, Line] => {
      const values = [...sumValues(measures), measures.lastAtMs];
      return [`${bucket} ${dimsKey}`, { which: formatMinute(bucket), about: aboutRow(dimValues(dims)), values }];
    });
    const opening = toLines(await connection.all(openingRows, [checkedToS, toS]), formatMinute);
    const corrected = toLines(await connection.all(correctionQuarters, [checkedToS, toS]), formatMinute);
    const all = together(together(new Map(wanted), opening), corrected);
    compare("quarter-hour", all, toLines(rows, formatMinute), report);
    for (const { row, fields } of await corrections.check({ fromS: checkedToS, toS }, held)) {
      const which = `${row.correction} of ${formatMinute(row.bucketS)}`;
      const named = fields.map(({ name, ...sides }) => ({ name: toColumn(name), ...sides }));
      report({ kind: "correction", which, about: aboutRow(dimValues(row.dims)), state: "changed", fields: named });
    }
    held = [];
    sheet = new RollupSheet();
    checkedToS = toS;
  };
  for await (const events of eventPages(connection, { columns: COUNTED_COLUMNS })) {
    for (const event of events) {
      const bucket = toQuarterStart(event.startedAtMs);
      if (open !== null && bucket !== open) await close(bucket);
      open = bucket;
      sheet.add(event);
      if (corrections.concerns(event)) held.push(event);
      visit(event);
    }
  }
  await close(Number.MAX_SAFE_INTEGER);
}

async function verifyDays(connection: SqlConnection, report: Report) {
  const zone = await dayZone(connection, false);
  const days = new Set((await connection.all("SELECT DISTINCT day FROM rollup_day")).map((row) => String(row.day)));
  const buckets = await connection.all("SELECT DISTINCT bucket_s FROM rollup_quarter");
  for (const row of buckets) days.add(toDayKey(Number(row.bucket_s) * 1000, zone));
  const runs = await readCutRuns(connection, { fromDay: "0000", toDay: "9999" });
  for (const day of [...days].sort()) {
    const { fromS, toS } = quartersOfDay(day, zone);
    const wanted = await connection.all(dayFromQuarters, [day, fromS, toS]);
    const got = await connection.all(dayRows, [day]);
    compare("day", toLines(wanted, String), toLines(got, String), report);
    if (runs.some(({ fromDay, toDay }) => day >= fromDay && day < toDay)) await verifyCuts(connection, day, report);
  }
}

/** Recomputes every cut of a day from its rows. */
async function verifyCuts(connection: SqlConnection, day: string, report: Report) {
  for (const cut of ROLLUP_CUTS) {
    const wanted = await connection.all(selectCut(cut), [day]);
    const got = await connection.all(cutRows, [cut.number, day]);
    const named = (row: SqlRow) => ({ ...row, bucket: `${row.day}, by ${cut.name}` });
    compare("day", toLines(wanted.map(named), String), toLines(got.map(named), String), report);
  }
}

const columns = [...sumColumns, "last_at_ms"];
const listed = (names: readonly string[], of = (name: string) => `"${name}"`) => names.map(of).join(", ");
const plainColumns = `dims_key, ${listed([...dimColumns, ...columns])}`;
const quarterRows = `SELECT bucket_s AS bucket, ${plainColumns} FROM rollup_quarter WHERE bucket_s >= $1 AND bucket_s < $2`;
const openingRows = quarterRows.replace("rollup_quarter", "rollup_opening");
const dayRows = `SELECT day AS bucket, ${plainColumns} FROM rollup_day WHERE day = $1`;
const cutRows = `SELECT ${listed(cutColumns)} FROM rollup_cut WHERE cut = $1 AND day = $2`;
const dayFromQuarters = `SELECT CAST($1 AS TEXT) AS bucket, dims_key, ${listed(dimColumns, (name) => `MIN("${name}") AS "${name}"`)},
  ${listed(sumColumns, (name) => `SUM("${name}") AS "${name}"`)}, MAX(last_at_ms) AS last_at_ms
  FROM rollup_quarter WHERE bucket_s >= $2 AND bucket_s < $3 GROUP BY dims_key`;

/** A rollup row, ready to be compared and named. */
interface Line {
  which: string;
  about: string;
  /** In the order of `columns`. */
  values: readonly SqlValue[];
}

const toLines = (rows: readonly SqlRow[], named: (bucket: SqlValue) => string): Map<string, Line> =>
  new Map(
    rows.map((row): [string, Line] => {
      const about = aboutRow(dimColumns.map((column) => row[column] ?? ""));
      const values = columns.map((column) => row[column] ?? null);
      return [`${row.bucket} ${row.dims_key}`, { which: named(row.bucket ?? ""), about, values }];
    }),
  );

/** Sums of the events and of the opening balance, row by row; of the last column the later instant. */
function together(events: ReadonlyMap<string, Line>, opening: ReadonlyMap<string, Line>): Map<string, Line> {
  const lines = new Map(events);
  for (const [key, line] of opening) {
    const other = events.get(key);
    if (other === undefined) lines.set(key, line);
    else
      lines.set(key, { ...line, values: columns.map((name, at) => joined(name, line.values[at], other.values[at])) });
  }
  return lines;
}

function joined(column: string, one: SqlValue | undefined, other: SqlValue | undefined): bigint {
  const [a, b] = [BigInt(one ?? 0), BigInt(other ?? 0)];
  if (column === "last_at_ms") return a > b ? a : b;
  return a + b;
}

function compare(
  kind: Difference["kind"],
  wanted: ReadonlyMap<string, Line>,
  got: ReadonlyMap<string, Line>,
  report: Report,
): void {
  for (const [key, line] of wanted) {
    const { which, about } = line;
    const other = got.get(key);
    const fields = changedFields(line.values, other?.values ?? []);
    if (!other) report({ kind, which, about, state: "missing", fields });
    else if (fields.length > 0) report({ kind, which, about, state: "changed", fields });
  }
  for (const [key, { which, about, values }] of got)
    if (!wanted.has(key)) report({ kind, which, about, state: "extra", fields: changedFields([], values) });
}

function changedFields(wanted: readonly SqlValue[], got: readonly SqlValue[]): AmountDifference[] {
  const text = (value: SqlValue | undefined) => (value === null || value === undefined ? null : String(value));
  return columns
    .map((name, at): AmountDifference => ({ name, is: text(got[at]), shouldBe: text(wanted[at]) }))
    .filter(({ is, shouldBe }) => is !== shouldBe);
}

const formatMinute = (bucketS: SqlValue): string => `${new Date(Number(bucketS) * 1000).toISOString().slice(0, 16)}Z`;

const route = (requested: string, served: string): string =>
  requested === served || served === "" ? requested || "no model" : `${requested} → ${served}`;

/** Formats the dimensions of a row that are set; models first. */
function aboutRow(values: readonly SqlValue[]): string {
  const of = (column: string) => String(values[dimColumns.indexOf(column)] ?? "");
  const rest = dimColumns
    .filter((column) => column !== "requested_model" && column !== "served_model")
    .filter((column) => of(column) !== "" && of(column) !== "0")
    .map((column) => `${column.replaceAll("_", " ")} ${of(column)}`);
  return [route(of("requested_model"), of("served_model")), ...rest].join(", ");
}
