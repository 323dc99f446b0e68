import type { RequestEvent } from "../activity/request-event.ts";
import { parseUsageParts } from "../activity/usage-parts.ts";
import type { Catalogue } from "../costs/catalogue.ts";
import { toPriceInput } from "../costs/price-again.ts";
import { partBuckets } from "../costs/price-request.ts";
import type { Usage } from "../costs/usage.ts";
import { findBillModel } from "./bill-model.ts";
import type { BillClass } from "./bill-record.ts";

/** What CCO recorded of one model, class and tier, in some span of time. */
export interface LedgerCell {
  /** Tokens or searches, priced or not. */
  count: bigint;
  /** Those without a known price: their money is in no amount. */
  unpriced: bigint;
  /** Those that were estimated, because the answer broke off; they are in `count`. */
  estimated: bigint;
  costNanoUsd: bigint;
  /** Records in it: each is rounded once. */
  records: bigint;
}

const NO_CELL: LedgerCell = { count: 0n, unpriced: 0n, estimated: 0n, costNanoUsd: 0n, records: 0n };

const MS_PER_QUARTER = 900_000;

const CLASSES = [
  ["input", "inputTokens", "inputNanoUsd"],
  ["cacheWrite5m", "cacheWrite5mTokens", "cacheWrite5mNanoUsd"],
  ["cacheWrite1h", "cacheWrite1hTokens", "cacheWrite1hNanoUsd"],
  ["cacheRead", "cacheReadTokens", "cacheReadNanoUsd"],
  ["output", "outputTokens", "outputNanoUsd"],
  ["webSearch", "webSearches", "webSearchNanoUsd"],
] as const satisfies readonly (readonly [BillClass, keyof Usage, string])[];

/** Key of a cell within a span. Searches are of no model and of no tier, as on the bill. */
export const toCellKey = (model: string | null, tokenClass: BillClass, batch: boolean): string =>
  JSON.stringify([model, tokenClass, batch]);

/**
 * What CCO recorded that the provider bills by token, by quarter-hour (UTC). Plan traffic and answers of the response
 * cache are not billed and are left out.
 */
export class LedgerCells {
  private readonly quarters = new Map<number, Map<string, LedgerCell>>();
  private readonly catalogue: Catalogue;
  private readonly findBook: (priceVersion: string | null) => Catalogue;

  /** `findBook`: the prices that a version names. */
  constructor(catalogue: Catalogue, findBook: (priceVersion: string | null) => Catalogue = () => catalogue) {
    this.catalogue = catalogue;
    this.findBook = findBook;
  }

  add(event: RequestEvent): void {
    const { usageState, billingMode, cache, costs } = event;
    if (billingMode === "subscription" || cache === "hit") return;
    if (usageState === "none" || usageState === "unknown") return;
    const served = event.servedModel ?? event.requestedModel;
    if (served === null) return;
    const parts = parseUsageParts(event.usageParts);
    if (parts.length === 0) {
      this.addUsage(event, served, event.usage, costs);
      return;
    }
    const input = toPriceInput(event);
    const buckets = costs === null || input === null ? [] : partBuckets(input, this.findBook(event.priceVersion));
    for (const [at, part] of parts.entries()) this.addUsage(event, part.model, part.usage, buckets[at] ?? null);
  }

  /** Sums the cells of a UTC day, moved by some quarter-hours. Moved, it is that day by the clock of another zone. */
  ofDay(fromMs: number, quartersLater = 0): ReadonlyMap<string, LedgerCell> {
    const first = fromMs / MS_PER_QUARTER + quartersLater;
    const sums = new Map<string, LedgerCell>();
    for (let quarter = first; quarter < first + 96; quarter += 1)
      for (const [key, cell] of this.quarters.get(quarter) ?? [])
        sums.set(key, addCells(sums.get(key) ?? NO_CELL, cell));
    return sums;
  }

  /** Sums counts of each cell from `first` up to each quarter-hour before `end`. Two of them give any span at once. */
  sumCounts(first: number, end: number): ReadonlyMap<string, Float64Array> {
    const sums = new Map<string, Float64Array>();
    for (const [quarter, cells] of this.quarters) {
      if (quarter < first || quarter >= end) continue;
      for (const [key, { count }] of cells) {
        const sum = sums.get(key) ?? new Float64Array(end - first + 1);
        sums.set(key, sum);
        sum[quarter - first + 1] = Number(count);
      }
    }
    for (const sum of sums.values())
      for (let at = 1; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) + (sum[at - 1] ?? 0);
    return sums;
  }

  private addUsage(
    { startedAtMs, serviceTier, usageState }: RequestEvent,
    model: string,
    usage: Usage,
    costs: Readonly<Record<(typeof CLASSES)[number][2], string | bigint>> | null,
  ): void {
    const quarter = Math.floor(startedAtMs / MS_PER_QUARTER);
    const cells = this.quarters.get(quarter) ?? new Map<string, LedgerCell>();
    this.quarters.set(quarter, cells);
    const name = findBillModel(this.catalogue, model);
    for (const [tokenClass, counted, priced] of CLASSES) {
      const count = BigInt(usage[counted]);
      if (count === 0n) continue;
      const isSearch = tokenClass === "webSearch";
      const key = toCellKey(isSearch ? null : name, tokenClass, !isSearch && serviceTier === "batch");
      const cell: LedgerCell = {
        count,
        unpriced: costs === null ? count : 0n,
        // The prompt is counted exactly when an answer begins; what breaks off is the answer.
        estimated: usageState === "estimated" && tokenClass === "output" ? count : 0n,
        costNanoUsd: costs === null ? 0n : BigInt(costs[priced]),
        records: 1n,
      };
      cells.set(key, addCells(cells.get(key) ?? NO_CELL, cell));
    }
  }
}

/** Sums two cells. */
export const addCells = (one: LedgerCell, other: LedgerCell): LedgerCell => ({
  count: one.count + other.count,
  unpriced: one.unpriced + other.unpriced,
  estimated: one.estimated + other.estimated,
  costNanoUsd: one.costNanoUsd + other.costNanoUsd,
  records: one.records + other.records,
});

/** A cell in which nothing was recorded. */
export const emptyCell = (): LedgerCell => NO_CELL;
