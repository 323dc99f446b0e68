import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { AppError } from "#core/errors.ts";
import type { BillClass } from "#core/reconcile/bill-record.ts";
import { type BillRow, compareBill } from "#core/reconcile/compare-bill.ts";
import { CAUSES, type Cause, type CauseAmounts } from "#core/reconcile/explain-cell.ts";
import { LedgerCells } from "#core/reconcile/ledger-cells.ts";
import { sumBillRows } from "#core/reconcile/sum-bill-rows.ts";
import { addDays } from "#core/time/instant.ts";
import { utcDayBounds } from "#core/time/utc-day.ts";
import { type BillDayRow, lastBillDay, listBillDays, listBillImports } from "#store/bills.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { currentPrices, pricesOfRequest } from "../prices/price-catalogue.ts";
import { checkArchived, readAllEvents } from "../retention/archived-events.ts";
import { reconciliationInput } from "./fields.ts";
import { parseStoredRecords } from "./stored-records.ts";

/** Days that one answer compares: their requests are read one by one. */
const DAYS_MAX = 92;
const DAYS_USUAL = 31;
const IMPORTS_SHOWN = 50;

/** Amounts by cause as text; they add up to the difference. */
type CauseTexts = Record<Cause, string>;

interface AmountsView {
  /** What the provider billed; null where it is not known in money. */
  billedNanoUsd: string | null;
  /** What CCO recorded. */
  ledgerNanoUsd: string;
  differenceNanoUsd: string | null;
  causes: CauseTexts;
}

interface BillRowView extends AmountsView {
  day: string;
  model: string | null;
  tokenClass: BillClass;
  workspaces: (string | null)[];
  billedCount: string | null;
  ledgerCount: string;
  /** Tokens at the ledger's price: no cost report covers the day. */
  isValued: boolean;
}

interface BillSumsView extends AmountsView {
  /** Rows whose difference is not known in money; they are in no amount. */
  unknown: number;
  /** What is unexplained, without regard to its sign. */
  unexplainedNanoUsd: string;
}

interface BillDayView extends BillSumsView {
  day: string;
  hasUsage: boolean;
  hasCost: boolean;
}

export interface ReconciliationView {
  /** First day, and the day after the last one; both null before the first import. */
  from: string | null;
  to: string | null;
  days: BillDayView[];
  rows: BillRowView[];
  total: BillSumsView;
  /** Minutes by which the days of the reports begin later than those of UTC; 0: they are days of UTC. */
  zoneShiftMinutes: number;
  imports: {
    id: string;
    kind: string;
    format: string;
    name: string;
    firstDay: string;
    lastDay: string;
    dayCount: number;
    actorName: string;
    importedAt: string;
  }[];
}

/** Compares the reports in force with the ledger, day by day. Nothing is written. */
export async function readReconciliation(actor: Actor, input: unknown, deps: ControlDeps): Promise<ReconciliationView> {
  requirePermission(actor, "costs.read");
  const asked = parseInput(reconciliationInput, input);
  const range = await findRange(asked, deps);
  const imports = (await listBillImports(deps.db, IMPORTS_SHOWN)).map((row) => ({
    id: row.id,
    kind: row.kind,
    format: row.format,
    name: row.name,
    firstDay: row.firstDay,
    lastDay: row.lastDay,
    dayCount: row.dayCount,
    actorName: row.actorName,
    importedAt: row.importedAt.toISOString(),
  }));
  const stored = range === null ? [] : await listBillDays(deps.db, { fromDay: range.from, toDay: range.to });
  const catalogue = await currentPrices(deps);
  const listDays = (kind: string) => new Set(stored.filter((row) => row.kind === kind).map(({ day }) => day));
  const covered = { usageDays: listDays("usage"), costDays: listDays("cost") };
  const { rows, zoneShiftMinutes } = compareBill({
    records: stored.flatMap(({ day, records }) => parseStoredRecords(day, records)),
    ...covered,
    ledger: await readLedger(stored, catalogue, deps),
    catalogue,
    through: readWorkspaces(asked.workspaces),
  });
  const days = [...new Set(stored.map(({ day }) => day))];
  return {
    from: range?.from ?? null,
    to: range?.to ?? null,
    days: days.map((day) => ({
      day,
      hasUsage: covered.usageDays.has(day),
      hasCost: covered.costDays.has(day),
      ...toSumsView(rows.filter((row) => row.day === day)),
    })),
    rows: rows.map(toRowView),
    total: toSumsView(rows),
    zoneShiftMinutes,
    imports,
  };
}

async function findRange(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  { db }: ControlDeps,
): Promise<{ from: string; to: string } | null> {
  if (from !== undefined && to !== undefined) {
    if (to <= from) throw new AppError("request.invalid", { fields: { to: "The end is not after the beginning." } });
    if (addDays(from, DAYS_MAX) < to)
      throw new AppError("request.invalid", { fields: { to: `Compare at most ${DAYS_MAX} days at a time.` } });
    return { from, to };
  }
  const last = await lastBillDay(db);
  return last === null ? null : { from: addDays(last, 1 - DAYS_USUAL), to: addDays(last, 1) };
}

const readWorkspaces = (text: string | undefined): ReadonlySet<string | null> | null =>
  text === undefined ? null : new Set(text.split(",").map((name) => (name.trim() === "default" ? null : name.trim())));

/** Reads every request of the days, and of a day more at either end. A report may be of another zone. */
async function readLedger(
  stored: readonly BillDayRow[],
  catalogue: Catalogue,
  deps: ControlDeps,
): Promise<LedgerCells> {
  const days = stored.map(({ day }) => day).sort();
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return new LedgerCells(catalogue);
  const range = { fromMs: utcDayBounds(addDays(first, -1)).fromMs, toMs: utcDayBounds(addDays(last, 1)).toMs };
  const books = new Map<string | null, Catalogue>();
  const ledger = new LedgerCells(catalogue, (version) => books.get(version) ?? catalogue);
  const proven = await checkArchived(range, deps);
  for await (const events of readAllEvents(range, deps, proven)) {
    for (const event of events) {
      // The prices of a version are needed only where several models share a bill.
      if (event.usageParts !== null && !books.has(event.priceVersion))
        books.set(event.priceVersion, await pricesOfRequest(event.priceVersion, deps));
      ledger.add(event);
    }
  }
  return ledger;
}

const toTexts = (causes: CauseAmounts): CauseTexts =>
  Object.fromEntries(CAUSES.map((cause) => [cause, causes[cause].toString()])) as CauseTexts;

function toRowView(row: BillRow): BillRowView {
  return {
    day: row.day,
    model: row.model,
    tokenClass: row.tokenClass,
    workspaces: [...row.workspaces],
    billedCount: row.billedCount?.toString() ?? null,
    ledgerCount: row.ledgerCount.toString(),
    isValued: row.isValued,
    billedNanoUsd: row.billedNanoUsd?.toString() ?? null,
    ledgerNanoUsd: row.ledgerNanoUsd.toString(),
    differenceNanoUsd: row.differenceNanoUsd?.toString() ?? null,
    causes: toTexts(row.causes),
  };
}

function toSumsView(rows: readonly BillRow[]): BillSumsView {
  const sums = sumBillRows(rows);
  return {
    billedNanoUsd: sums.billedNanoUsd.toString(),
    ledgerNanoUsd: sums.ledgerNanoUsd.toString(),
    differenceNanoUsd: sums.differenceNanoUsd.toString(),
    causes: toTexts(sums.causes),
    unknown: sums.unknown,
    unexplainedNanoUsd: sums.unexplainedNanoUsd.toString(),
  };
}
