import type { TimeRange } from "#core/time/range.ts";
import { type CostMeasures, sumTotals } from "./cost-totals.ts";
import { type FiguresView, figuresView } from "./figures.ts";
import { chooseSlotUnit, listSlots, type Slot, type SlotUnit, slotEnds } from "./slots.ts";

/** Price rank of a model for colours, 1 the most expensive; null unknown. */
export type Tier = 1 | 2 | 3 | null;

/** A range as every response repeats it: the zone is part of the meaning of a day. */
export interface RangeView {
  text: string;
  label: string;
  zone: string;
  /** First day, and first day after the range. */
  from: string;
  to: string;
}

/** Mark of a publish on the time axis. */
interface VersionMark {
  number: number;
  publishedAt: string;
  /** Slots from the left edge, plus the fraction of the slot that had passed. */
  position: number;
}

export interface SeriesPoint extends Slot {
  /** Null: nothing was recorded. A gap, never a zero. */
  figures: FiguresView | null;
  /**
   * Figures by served model; only models that were used. A list, for callers name models: as keys, some names have a
   * meaning.
   */
  models: { id: string; figures: FiguresView }[];
  /** Rules version in force when the slot ended. */
  version: number | null;
}

/** Cost over time by served model, gaps kept. */
export interface ChartSeries {
  range: RangeView;
  unit: SlotUnit;
  points: SeriesPoint[];
  /** Models of the range, most expensive first, with their totals. */
  models: { id: string; name: string; tier: Tier; figures: FiguresView }[];
  total: FiguresView;
  marks: VersionMark[];
}

export interface SlotRow extends CostMeasures {
  slot: string;
  servedModel: string;
}

interface PublishedVersion {
  number: number;
  publishedAtMs: number;
}

/** Builds the series from rows keyed by slot and model. Rows outside the range's slots do not count. */
export function chartSeries(
  range: TimeRange,
  rows: readonly SlotRow[],
  versions: readonly PublishedVersion[],
  describe: (model: string) => { name: string; tier: Tier },
): ChartSeries {
  const slots = listSlots(range);
  const known = new Set(slots.map((slot) => slot.key));
  const inside = rows.filter((row) => known.has(row.slot));
  const bySlot = groupBy(inside, (row) => row.slot);
  const ends = slotEnds(range);
  const points = slots.map((slot, index) => point(slot, bySlot.get(slot.key) ?? [], versionAt(versions, ends[index])));
  const models = [...groupBy(inside, (row) => row.servedModel)].map(([id, own]) => ({
    id,
    ...describe(id),
    figures: figuresView(sumTotals(own)),
  }));
  models.sort((a, b) => (a.tier ?? 4) - (b.tier ?? 4) || compareCost(b.figures, a.figures) || (a.id < b.id ? -1 : 1));
  return {
    range: rangeView(range),
    unit: chooseSlotUnit(range),
    points,
    models,
    total: figuresView(sumTotals(inside)),
    marks: versions
      .filter(({ publishedAtMs }) => publishedAtMs >= range.fromMs && publishedAtMs < range.toMs)
      .map((version) => mark(version, [range.fromMs, ...ends])),
  };
}

export function rangeView(range: TimeRange): RangeView {
  const from = range.days[0] ?? range.today;
  const end = new Date(Date.parse(`${range.days.at(-1) ?? range.today}T00:00:00Z`) + 86_400_000);
  return { text: range.text, label: range.label, zone: range.zone, from, to: end.toISOString().slice(0, 10) };
}

function point(slot: Slot, rows: readonly SlotRow[], version: number | null): SeriesPoint {
  const byModel = groupBy(rows, (row) => row.servedModel);
  const models = [...byModel].map(([id, own]) => ({ id, figures: figuresView(sumTotals(own)) }));
  const figures = rows.length === 0 ? null : figuresView(sumTotals(rows));
  return { ...slot, figures, models, version };
}

function versionAt(versions: readonly PublishedVersion[], endMs: number | undefined): number | null {
  let inForce: PublishedVersion | null = null;
  for (const version of versions) {
    if (version.publishedAtMs < (endMs ?? 0) && version.number > (inForce?.number ?? 0)) inForce = version;
  }
  return inForce?.number ?? null;
}

/** Locates a publish among the slots; `borders` are their starts and the last end. */
function mark(version: PublishedVersion, borders: readonly number[]): VersionMark {
  const after = borders.findIndex((border) => border > version.publishedAtMs);
  const start = borders[after - 1] ?? 0;
  const end = borders[after] ?? start + 1;
  const position = after - 1 + (version.publishedAtMs - start) / (end - start);
  return { number: version.number, publishedAt: new Date(version.publishedAtMs).toISOString(), position };
}

const compareCost = (a: FiguresView, b: FiguresView): number => {
  const difference = BigInt(a.costNanoUsd ?? 0) - BigInt(b.costNanoUsd ?? 0);
  return difference === 0n ? 0 : difference > 0n ? 1 : -1;
};

/** Groups items by a key; groups and their items keep the order of the input. */
export function groupBy<T>(items: Iterable<T>, toKey: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = toKey(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
