/**
 * Divides a difference among factors: each gets its share averaged over every order in which they can change (Shapley). Exact:
 * the shares add up to `value(all) - value(none)`. `value`: of a set of changed factors, as a bit mask. At most 14 factors.
 */
export function divideByShapley(factors: number, value: (mask: number) => bigint): bigint[] {
  const all = 2 ** factors;
  const values = Array.from({ length: all }, (_, mask) => value(mask));
  const weights = Array.from({ length: factors }, (_, size) => factorial(size) * factorial(factors - size - 1));
  const total = factorial(factors);
  const shares = Array.from({ length: factors }, (_, factor) => {
    const bit = 1 << factor;
    let sum = 0n;
    for (let mask = 0; mask < all; mask += 1) {
      if ((mask & bit) !== 0) continue;
      const change = (values[mask | bit] ?? 0n) - (values[mask] ?? 0n);
      sum += (weights[countBits(mask)] ?? 0n) * change;
    }
    return sum;
  });
  return roundTogether(shares, total);
}

/**
 * Divides each amount to whole numbers with the same sum, which is a multiple of `by`. They are rounded down, and those with the
 * largest remainders up, the first of equal ones before the others.
 */
export function roundTogether(amounts: readonly bigint[], by: bigint): bigint[] {
  const parts = amounts.map((amount, at) => {
    const rest = ((amount % by) + by) % by;
    return { at, whole: (amount - rest) / by, rest };
  });
  const missing = parts.reduce((sum, { rest }) => sum + rest, 0n) / by;
  const ranked = [...parts].sort((one, other) =>
    one.rest === other.rest ? one.at - other.at : one.rest > other.rest ? -1 : 1,
  );
  const raised = new Set(ranked.slice(0, Number(missing)).map(({ at }) => at));
  return parts.map(({ at, whole }) => whole + (raised.has(at) ? 1n : 0n));
}

function factorial(of: number): bigint {
  let product = 1n;
  for (let factor = 2; factor <= of; factor += 1) product *= BigInt(factor);
  return product;
}

function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
