import { utcDayBounds } from "../time/utc-day.ts";
import type { LedgerCells } from "./ledger-cells.ts";

/** Whole hours first, then half ones, each from UTC outwards: between two that fit alike the usual zone is meant. */
const unusual = (quarters: number): number => (quarters % 4 === 0 ? 0 : quarters % 2 === 0 ? 1 : 2);

/** Zones reach from twelve hours behind UTC to fourteen ahead of it, in quarter-hours. */
const SHIFTS = [...Array(105).keys()]
  .map((at) => at - 56)
  .sort((one, other) => unusual(one) - unusual(other) || Math.abs(one) - Math.abs(other));

/** Cells that have to agree in another zone and not in UTC. */
const CELLS_MIN = 3;
/** Numbers from which on two are hardly the same by chance. */
const COUNT_MIN = 1000n;

interface DayCounts {
  day: string;
  /** Tokens of the bill by cell. */
  counts: ReadonlyMap<string, bigint>;
}

/**
 * Finds by how many quarter-hours the days of a report begin after those of UTC. It is 0 unless counts agree with the
 * ledger to the token in another zone that do not in UTC. Others may differ there too: they have other causes.
 */
export function findZoneShift(days: readonly DayCounts[], ledger: LedgerCells): number {
  const total = days.reduce(
    (sum, { counts }) => sum + [...counts.values()].filter((count) => count >= COUNT_MIN).length,
    0,
  );
  const first = days[0]?.day;
  const last = days.at(-1)?.day;
  if (first === undefined || last === undefined) return 0;
  const firstQuarter = toQuarter(first) - QUARTERS_MAX;
  const sums = ledger.sumCounts(firstQuarter, toQuarter(last) + 96 + QUARTERS_MAX);
  const countSame = (shift: number): number => {
    let same = 0;
    for (const { day, counts } of days) {
      const at = toQuarter(day) + shift - firstQuarter;
      for (const [key, count] of counts) {
        const sum = sums.get(key);
        const recorded = sum === undefined ? 0 : (sum[at + 96] ?? 0) - (sum[at] ?? 0);
        if (count >= COUNT_MIN && recorded === Number(count)) same += 1;
      }
    }
    return same;
  };
  const inUtc = countSame(0);
  let best = { shift: 0, same: inUtc };
  if (inUtc === total) return 0;
  for (const shift of SHIFTS) {
    const same = countSame(shift);
    if (same > best.same) best = { shift, same };
  }
  return best.same - inUtc >= CELLS_MIN ? best.shift : 0;
}

/** The farthest zone, in quarter-hours. */
const QUARTERS_MAX = 56;

const toQuarter = (day: string): number => utcDayBounds(day).fromMs / 900_000;
