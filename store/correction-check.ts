import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { type AmountDifference, repriceEvent } from "#core/costs/price-again.ts";
import { rollupDims, toQuarterStart } from "#core/costs/rollup.ts";
import {
  type CorrectedSums,
  type CorrectionHead,
  type CorrectionRow,
  correctedMeasures,
  listCorrections,
  readCorrectionsIn,
  toRowKey,
} from "./corrections.ts";
import { hashDims, RollupSheet } from "./rollup-writes.ts";
import type { SqlConnection } from "./sql.ts";

/** Rows of corrections that a verify looked at. */
export interface CheckedCorrections {
  /** Corrections that stand. */
  corrections: number;
  /** Their rows that were computed again from the events. */
  rows: number;
  /** Rows that could not be: events came later or are archived, or the price list is another one. */
  unchecked: number;
}

type NumberedRow = CorrectionRow & { correction: number };

interface WrongRow {
  row: NumberedRow;
  fields: AmountDifference[];
}

/**
 * Checks corrections while a verify walks the events. What all corrections of a row add up to is the price of its events by
 * the prices of the last one that stands, less what they were booked with. Nothing where none stands.
 */
export class CorrectionCheck {
  readonly counts: CheckedCorrections;
  private constructor(
    private readonly connection: SqlConnection,
    private readonly heads: ReadonlyMap<number, CorrectionHead>,
    private readonly books: readonly Catalogue[],
  ) {
    const corrections = [...heads.values()].filter(isStanding).length;
    this.counts = { corrections, rows: 0, unchecked: 0 };
  }

  static async open(connection: SqlConnection, books: readonly Catalogue[]): Promise<CorrectionCheck> {
    const heads = await listCorrections(connection);
    return new CorrectionCheck(connection, new Map(heads.map((head) => [head.number, head])), books);
  }

  /** Whether a correction may be of the event's quarter-hour. */
  concerns(event: RequestEvent): boolean {
    if (this.heads.size === 0) return false;
    const bucketS = toQuarterStart(event.startedAtMs);
    return [...this.heads.values()].some(({ fromS, toS }) => bucketS >= fromS && bucketS < toS);
  }

  /** Checks the rows of a span. `events`: all of it that a correction may be of. */
  async check(span: { fromS: number; toS: number }, events: readonly RequestEvent[]): Promise<WrongRow[]> {
    if (this.heads.size === 0) return [];
    const byRow = new Map<string, NumberedRow[]>();
    for (const row of await readCorrectionsIn(this.connection, span)) {
      const key = toRowKey(row.bucketS, row.dimsKey);
      byRow.set(key, [...(byRow.get(key) ?? []), row]);
    }
    const own = new Map<string, RequestEvent[]>();
    for (const event of byRow.size === 0 ? [] : events) {
      const key = toRowKey(toQuarterStart(event.startedAtMs), hashDims(rollupDims(event)));
      if (byRow.has(key)) own.set(key, [...(own.get(key) ?? []), event]);
    }
    return [...byRow].flatMap(([key, rows]) => this.checkRow(rows, own.get(key) ?? []));
  }

  private checkRow(rows: readonly NumberedRow[], events: readonly RequestEvent[]): WrongRow[] {
    const last = rows.at(-1);
    if (last === undefined) return [];
    const fields = rows.flatMap(checkOwnSum);
    const standing = rows.findLast(({ correction }) => isStanding(this.heads.get(correction)));
    const wanted = standing === undefined ? noChange() : this.priceAgain(standing, events);
    if (wanted === null) this.counts.unchecked += 1;
    else {
      this.counts.rows += 1;
      for (const name of correctedMeasures) {
        const is = rows.reduce((sum, { changes }) => sum + changes[name], 0n);
        if (is !== wanted[name]) fields.push({ name, is: `${is}`, shouldBe: `${wanted[name]}` });
      }
    }
    return fields.length === 0 ? [] : [{ row: last, fields }];
  }

  private priceAgain(standing: NumberedRow, events: readonly RequestEvent[]): CorrectedSums | null {
    const version = this.heads.get(standing.correction)?.priceVersion;
    const book = this.books.find(({ priceVersion }) => priceVersion === version);
    if (book === undefined || BigInt(events.length) !== standing.requests) return null;
    const [booked, again] = [new RollupSheet(), new RollupSheet()];
    for (const event of events) {
      booked.add(event);
      again.add(repriceEvent(event, book));
    }
    const [before, after] = [booked.rows()[0]?.measures, again.rows()[0]?.measures];
    if (before === undefined || after === undefined) return null;
    return Object.fromEntries(correctedMeasures.map((name) => [name, after[name] - before[name]])) as CorrectedSums;
  }
}

const isStanding = (head: CorrectionHead | undefined): boolean => head?.kind === "reprice" && head.undoneBy === null;

const noChange = (): CorrectedSums => Object.fromEntries(correctedMeasures.map((name) => [name, 0n])) as CorrectedSums;

/** The cost after is the cost before and the change. */
function checkOwnSum({ oldNanoUsd, newNanoUsd, changes }: CorrectionRow): AmountDifference[] {
  const shouldBe = oldNanoUsd + changes.costNanoUsd;
  return newNanoUsd === shouldBe ? [] : [{ name: "newNanoUsd", is: `${newNanoUsd}`, shouldBe: `${shouldBe}` }];
}
