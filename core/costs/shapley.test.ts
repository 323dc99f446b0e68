import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { divideByShapley, roundTogether } from "./shapley.ts";

/** Every order of these, one by one. */
function* orders(items: readonly number[]): Generator<number[]> {
  if (items.length === 0) yield [];
  for (const item of items) for (const rest of orders(items.filter((one) => one !== item))) yield [item, ...rest];
}

/** The average over every order, by hand: times the number of orders. */
function sharesByOrders(factors: number, value: (mask: number) => bigint): { sums: bigint[]; orders: bigint } {
  const sums = Array.from({ length: factors }, () => 0n);
  let count = 0n;
  for (const order of orders(sums.map((_, at) => at))) {
    count += 1n;
    let mask = 0;
    for (const factor of order) {
      sums[factor] = (sums[factor] ?? 0n) + value(mask | (1 << factor)) - value(mask);
      mask |= 1 << factor;
    }
  }
  return { sums, orders: count };
}

const anyGame = fc.integer({ min: 1, max: 5 }).chain((factors) =>
  fc.record({
    factors: fc.constant(factors),
    values: fc.array(fc.bigInt(-(10n ** 15n), 10n ** 15n), { minLength: 2 ** factors, maxLength: 2 ** factors }),
  }),
);

describe("the division of a difference", () => {
  it("adds up to it exactly, and is within one of the average over every order", () => {
    fc.assert(
      fc.property(anyGame, ({ factors, values }) => {
        const value = (mask: number) => values[mask] ?? 0n;
        const shares = divideByShapley(factors, value);
        const { sums, orders: count } = sharesByOrders(factors, value);
        expect(shares.reduce((sum, share) => sum + share, 0n)).toBe(value(2 ** factors - 1) - value(0));
        shares.forEach((share, at) => {
          const off = share * count - (sums[at] ?? 0n);
          expect(off > -count && off < count).toBe(true);
        });
      }),
    );
  });

  it("gives nothing to a factor that changes nothing, and all to the only one that does", () => {
    const value = (mask: number) => ((mask & 2) !== 0 ? 7n : 4n);
    expect(divideByShapley(3, value)).toEqual([0n, 3n, 0n]);
  });

  it("rounds so that the sum stays, the largest remainder first", () => {
    expect(roundTogether([5n, 5n, 2n], 4n)).toEqual([1n, 1n, 1n]);
    expect(roundTogether([-5n, 5n], 4n)).toEqual([-1n, 1n]);
    expect(roundTogether([1n, 1n, 2n], 4n)).toEqual([0n, 0n, 1n]);
  });
});
