import type { Catalogue } from "../costs/catalogue.ts";
import { utcDayBounds } from "../time/utc-day.ts";
import { findBillModel } from "./bill-model.ts";
import { BILL_CLASSES, type BillClass, type BillRecord } from "./bill-record.ts";
import { CAUSES, type CauseAmounts, explainCell, noCauses } from "./explain-cell.ts";
import { findZoneShift } from "./find-zone-shift.ts";
import { addCells, emptyCell, type LedgerCell, type LedgerCells, toCellKey } from "./ledger-cells.ts";

/** Bill and ledger of one day, model, token class and workspaces. */
export interface BillRow {
  day: string;
  /** Null: of no model, as web searches. */
  model: string | null;
  tokenClass: BillClass;
  /** Workspaces that the bill names here; null is the default one. The ledger does not know workspaces. */
  workspaces: readonly (string | null)[];
  /** Tokens or searches. Null: no usage report covers the day. */
  billedCount: bigint | null;
  ledgerCount: bigint;
  /** Null: the bill has no amount, and the ledger no price for it. */
  billedNanoUsd: bigint | null;
  ledgerNanoUsd: bigint;
  /** Tokens at the ledger's price, since no cost report covers the day. */
  isValued: boolean;
  /** Billed less recorded. Null as `billedNanoUsd`. */
  differenceNanoUsd: bigint | null;
  causes: CauseAmounts;
}

interface BillComparison {
  rows: readonly BillRow[];
  /** Minutes by which the days of the reports begin later than those of UTC; 0: they are days of UTC. */
  zoneShiftMinutes: number;
}

interface BillInput {
  records: readonly BillRecord[];
  /** Days that a usage report covers, and those that a cost report does. */
  usageDays: ReadonlySet<string>;
  costDays: ReadonlySet<string>;
  ledger: LedgerCells;
  catalogue: Catalogue;
  /** Workspaces whose traffic goes through CCO. Null: all of them. */
  through?: ReadonlySet<string | null> | null;
}

/** Records of one day and key, by tier. */
interface Entry {
  model: string | null;
  tokenClass: BillClass;
  workspaces: Set<string | null>;
  isThrough: boolean;
  cells: Map<boolean, { count: bigint; amountNanoUsd: bigint; slackNanoUsd: bigint }>;
}

/**
 * Compares reports with the ledger, each day that a report covers. What the ledger holds beyond the bill has a row as
 * well. `ledger` has to hold a day more at either end, since the days of a report may be of another zone.
 */
export function compareBill(input: BillInput): BillComparison {
  const days = [...new Set([...input.usageDays, ...input.costDays])].sort();
  const byDay = days.map((day) => ({ day, entries: groupRecords(day, input) }));
  const shift = findZoneShift(
    byDay
      .filter(({ day }) => input.usageDays.has(day))
      .map(({ day, entries }) => ({ day, counts: listCounts(entries) })),
    input.ledger,
  );
  const rows = byDay.flatMap(({ day, entries }) => compareDay(day, entries, shift, input));
  return { rows, zoneShiftMinutes: shift * 15 };
}

function groupRecords(day: string, { records, catalogue, through }: BillInput): Map<string, Entry> {
  const ofDay = records.filter((record) => record.day === day);
  // One report may say the tier and the other not: then neither is split by it.
  const isSplit = ofDay.every(({ batch }) => batch !== null);
  const entries = new Map<string, Entry>();
  for (const record of ofDay) {
    const model = record.model === null ? null : findBillModel(catalogue, record.model);
    const isThrough = through == null || through.has(record.workspace);
    const key = JSON.stringify([model, record.tokenClass, isThrough ? null : [record.workspace]]);
    const entry = entries.get(key) ?? {
      model,
      tokenClass: record.tokenClass,
      workspaces: new Set(),
      isThrough,
      cells: new Map(),
    };
    entries.set(key, entry);
    entry.workspaces.add(record.workspace);
    const isBatch = isSplit && record.batch === true;
    const cell = entry.cells.get(isBatch) ?? { count: 0n, amountNanoUsd: 0n, slackNanoUsd: 0n };
    entry.cells.set(isBatch, {
      count: cell.count + (record.count ?? 0n),
      amountNanoUsd: cell.amountNanoUsd + (record.amountNanoUsd ?? 0n),
      slackNanoUsd: cell.slackNanoUsd + record.slackNanoUsd,
    });
  }
  if (!isSplit) for (const entry of entries.values()) entry.cells.set(true, NOT_SPLIT);
  return entries;
}

/** Marks an entry whose tier is not known: the ledger's batches are compared with the rest. */
const NOT_SPLIT = { count: 0n, amountNanoUsd: 0n, slackNanoUsd: 0n };
const isJoined = (entries: Iterable<Entry>): boolean => [...entries].some(({ cells }) => cells.get(true) === NOT_SPLIT);

/** Tokens of a day by cell, as far as they go through CCO. */
function listCounts(entries: ReadonlyMap<string, Entry>): Map<string, bigint> {
  const counts = new Map<string, bigint>();
  for (const { model, tokenClass, isThrough, cells } of entries.values()) {
    if (!isThrough) continue;
    for (const [isBatch, { count }] of cells) if (count > 0n) counts.set(toCellKey(model, tokenClass, isBatch), count);
  }
  return counts;
}

function compareDay(day: string, entries: Map<string, Entry>, shift: number, input: BillInput): BillRow[] {
  const { fromMs } = utcDayBounds(day);
  const areTiersJoined = isJoined(entries.values());
  const ledger = joinTiers(input.ledger.ofDay(fromMs), areTiersJoined);
  const moved = shift === 0 ? ledger : joinTiers(input.ledger.ofDay(fromMs, shift), areTiersJoined);
  // What is recorded and not billed has a row as well.
  for (const cellKey of new Set([...ledger.keys(), ...moved.keys()])) {
    const [model, tokenClass] = JSON.parse(cellKey) as [string | null, BillClass, boolean];
    const key = JSON.stringify([model, tokenClass, null]);
    if (!entries.has(key))
      entries.set(key, { model, tokenClass, workspaces: new Set(), isThrough: true, cells: new Map() });
  }
  const covered = { usage: input.usageDays.has(day), cost: input.costDays.has(day) };
  const rows = [...entries.values()].map((entry) => compareEntry({ day, entry, entries, ledger, moved, covered }));
  return rows.filter(hasAnything).sort(byModelAndClass);
}

function joinTiers(cells: ReadonlyMap<string, LedgerCell>, areJoined: boolean): ReadonlyMap<string, LedgerCell> {
  if (!areJoined) return cells;
  const joined = new Map<string, LedgerCell>();
  for (const [key, cell] of cells) {
    const [model, tokenClass] = JSON.parse(key) as [string | null, BillClass, boolean];
    const name = toCellKey(model, tokenClass, false);
    joined.set(name, addCells(joined.get(name) ?? emptyCell(), cell));
  }
  return joined;
}

interface EntryInput {
  day: string;
  entry: Entry;
  entries: ReadonlyMap<string, Entry>;
  ledger: ReadonlyMap<string, LedgerCell>;
  moved: ReadonlyMap<string, LedgerCell>;
  covered: { usage: boolean; cost: boolean };
}

function compareEntry({ day, entry, entries, ledger, moved, covered }: EntryInput): BillRow {
  const { model, tokenClass, isThrough } = entry;
  const causes = noCauses();
  let billedCount = 0n;
  let ledgerCount = 0n;
  let billedNanoUsd: bigint | null = 0n;
  let ledgerNanoUsd = 0n;
  for (const isBatch of [false, true]) {
    const key = toCellKey(model, tokenClass, isBatch);
    const recorded = isThrough ? (ledger.get(key) ?? emptyCell()) : emptyCell();
    const cell = entry.cells.get(isBatch) ?? NOT_SPLIT;
    // What is no token is in no usage report.
    const hasCount = covered.usage && tokenClass !== "other";
    const explained = explainCell({
      billed: {
        count: hasCount ? cell.count : null,
        amountNanoUsd: covered.cost ? cell.amountNanoUsd : null,
        slackNanoUsd: cell.slackNanoUsd,
      },
      ledger: recorded,
      moved: isThrough ? (moved.get(key) ?? emptyCell()) : emptyCell(),
      isBatch,
      arePromptsSame: covered.usage && arePromptsSame(model, isBatch, entries, moved),
    });
    billedCount += cell.count;
    ledgerCount += recorded.count;
    ledgerNanoUsd += recorded.costNanoUsd;
    if (explained === null) billedNanoUsd = null;
    else {
      if (billedNanoUsd !== null) billedNanoUsd += explained.amountNanoUsd;
      for (const cause of CAUSES) causes[cause] += explained.causes[cause];
    }
  }
  return {
    day,
    model,
    tokenClass,
    workspaces: [...entry.workspaces].sort(),
    billedCount: covered.usage && tokenClass !== "other" ? billedCount : null,
    ledgerCount,
    billedNanoUsd,
    ledgerNanoUsd,
    isValued: !covered.cost,
    differenceNanoUsd: billedNanoUsd === null ? null : billedNanoUsd - ledgerNanoUsd,
    causes,
  };
}

const PROMPT_CLASSES = ["input", "cacheWrite5m", "cacheWrite1h", "cacheRead"] as const;

/** Whether each class of the prompts of a model has as many tokens on the bill as in the ledger. */
function arePromptsSame(
  model: string | null,
  isBatch: boolean,
  entries: ReadonlyMap<string, Entry>,
  moved: ReadonlyMap<string, LedgerCell>,
): boolean {
  return PROMPT_CLASSES.every((tokenClass) => {
    const billed = entries.get(JSON.stringify([model, tokenClass, null]))?.cells.get(isBatch)?.count ?? 0n;
    return billed === (moved.get(toCellKey(model, tokenClass, isBatch))?.count ?? 0n);
  });
}

const hasAnything = ({ billedCount, ledgerCount, billedNanoUsd, ledgerNanoUsd, causes }: BillRow): boolean =>
  Boolean(billedCount) || ledgerCount > 0n || Boolean(billedNanoUsd) || ledgerNanoUsd !== 0n || causes.zone !== 0n;

const byModelAndClass = (one: BillRow, other: BillRow): number =>
  (one.model ?? "~").localeCompare(other.model ?? "~", "en") ||
  BILL_CLASSES.indexOf(one.tokenClass) - BILL_CLASSES.indexOf(other.tokenClass) ||
  JSON.stringify(one.workspaces).localeCompare(JSON.stringify(other.workspaces), "en");
