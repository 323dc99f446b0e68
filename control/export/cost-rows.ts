import { groupBy as groupRows } from "#core/costs/chart-series.ts";
import type { CostGroup } from "#core/costs/cost-table.ts";
import { sumTotals } from "#core/costs/cost-totals.ts";
import { addMeasures } from "#core/costs/rollup.ts";
import type { CostReportRow } from "#core/report/cost-report.ts";
import { dayStartMs, toDayKey } from "#core/time/instant.ts";
import type { TimeRange } from "#core/time/range.ts";
import { proxyKeyNames } from "#store/proxy-keys.ts";
import type { RollupDim } from "#store/rollup-columns.ts";
import type { RollupGroup } from "#store/rollups.ts";
import { readEmails, reportDimensions } from "../costs/export.ts";
import { columnOf, toGroupKey } from "../costs/group-rows.ts";
import { dayRows, quartersBy } from "../costs/rows.ts";
import type { CostScope } from "../costs/scope.ts";
import type { ControlDeps } from "../deps.ts";

/** Days read at a time where days are a grouping. No more of a long range is in memory. */
const DAYS_AT_ONCE = 7;

/** A row of an exported table, or its total. */
export interface CostExportRow extends CostReportRow {
  isTotal: boolean;
}

interface CostRowsQuestion {
  range: TimeRange;
  filter: CostScope["filter"];
  groups: readonly CostGroup[];
  /** Days of another zone are summed from quarter-hours. */
  isReportingZone: boolean;
  hasTotal: boolean;
}

type Row = RollupGroup<RollupDim | "day">;

/**
 * Reads the rows of costs by any groupings, page by page, in the order of their days and names. The total comes last.
 * The sums are those of the page Costs.
 */
export async function* readCostRows(
  { range, filter, groups, isReportingZone, hasTotal }: CostRowsQuestion,
  deps: ControlDeps,
): AsyncGenerator<CostExportRow[]> {
  const findEmail = await readEmails(groups.includes("person"), deps);
  const total = new Map<string, Row>();
  for (const part of groups.includes("day") ? splitRange(range) : [range]) {
    const rows = await readRows({ range: part, filter, groups, isReportingZone }, deps);
    for (const row of hasTotal ? rows : []) addToTotal(total, row);
    const grouped = groupRows(rows, (row) => JSON.stringify(groups.map((group) => readKey(group, row))));
    const page = [...grouped].sort(([one], [other]) => (one < other ? -1 : 1));
    const keyNames = groups.includes("key")
      ? await proxyKeyNames(deps.db, [...new Set(rows.map(({ proxyKeyId }) => proxyKeyId))])
      : null;
    yield page.map(([, own]) => ({
      isTotal: false,
      dimensions: Object.assign(
        {},
        ...groups.map((group) => toDimensions(group, readKey(group, own[0] as Row), { findEmail, keyNames })),
      ),
      totals: sumTotals(own),
    }));
  }
  if (hasTotal) yield [{ isTotal: true, dimensions: {}, totals: sumTotals(total.values()) }];
}

/** Sums rows that are billed and decided alike: all that a figure needs. */
function addToTotal(total: Map<string, Row>, row: Row): void {
  const key = `${row.billingMode} ${row.decision}`;
  const sum = total.get(key);
  if (sum === undefined) total.set(key, { ...row });
  else addMeasures(sum, row);
}

async function readRows(
  { range, filter, groups, isReportingZone }: Omit<CostRowsQuestion, "hasTotal">,
  deps: ControlDeps,
): Promise<Row[]> {
  const columns = groups.map((group): RollupDim | "day" => columnOf[group]);
  if (isReportingZone) return (await dayRows({ range, filter }, [...new Set(columns)], deps)) as Row[];
  const dims = columns.filter((column): column is RollupDim => column !== "day");
  const rows = await quartersBy({ range, filter }, dims, deps);
  return rows.map((row) => ({ ...row, day: toDayKey(row.bucketS * 1000, range.zone) }) as unknown as Row);
}

function* splitRange(range: TimeRange): Generator<TimeRange> {
  for (let at = 0; at < range.days.length; at += DAYS_AT_ONCE) {
    const days = range.days.slice(at, at + DAYS_AT_ONCE);
    const next = range.days[at + DAYS_AT_ONCE];
    const toMs = next === undefined ? range.toMs : dayStartMs(next, range.zone);
    yield { ...range, days, fromMs: dayStartMs(days[0] ?? range.today, range.zone), toMs };
  }
}

const readKey = (group: CostGroup, row: Row): string => toGroupKey(group, String(row[columnOf[group]]));

interface Names {
  findEmail: (personId: string) => string;
  keyNames: ReadonlyMap<string, string> | null;
}

function toDimensions(group: CostGroup, key: string, { findEmail, keyNames }: Names): CostReportRow["dimensions"] {
  // Names of keys are not unique: the id stands beside them.
  if (group === "key") return { proxy_key: keyNames?.get(key) ?? key, proxy_key_id: key };
  return { [reportDimensions[group][0]]: group === "person" ? findEmail(key) : key };
}
