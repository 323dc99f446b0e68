import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CostMeasures, sumPromptTokens, sumTotals } from "./cost-totals.ts";

const row = (costNanoUsd: bigint, more: Partial<CostMeasures> = {}): CostMeasures => ({
  ...sumTotals([]),
  billingMode: "metered",
  decision: "override",
  cacheHits: 0n,
  requests: 1n,
  costNanoUsd,
  savedNanoUsd: 0n,
  avoidedNanoUsd: 0n,
  correctedNanoUsd: 0n,
  baselineNanoUsd: costNanoUsd + (more.savedNanoUsd ?? 0n),
  ...more,
});

describe("totals", () => {
  it("keep subscription traffic apart as plan value, and let it save nothing", () => {
    const totals = sumTotals([
      row(5n, { savedNanoUsd: -2n, avoidedNanoUsd: 3n }),
      row(100n, { billingMode: "subscription", savedNanoUsd: 50n, avoidedNanoUsd: 9n }),
    ]);

    expect(totals).toMatchObject({ requests: 2n, cost: 5n, saved: -2n, avoided: 3n, fullPrice: 6n, planValue: 100n });
  });

  it("count every prompt token", () => {
    expect(
      sumPromptTokens({ inputTokens: 1n, cacheWrite5mTokens: 2n, cacheWrite1hTokens: 3n, cacheReadTokens: 4n }),
    ).toBe(10n);
  });

  it("add up in any order: parts to the whole, full price to its parts", () => {
    const amount = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });
    const anyRow = fc
      .record({
        savedNanoUsd: amount,
        avoidedNanoUsd: amount,
        outputTokens: amount,
        billingMode: fc.constantFrom("metered", "subscription"),
      })
      .chain((fields) => amount.map((cost) => row(cost, fields)));
    fc.assert(
      fc.property(fc.array(anyRow), fc.array(anyRow), (some, others) => {
        const whole = sumTotals([...some, ...others]);
        const [a, b] = [sumTotals(some), sumTotals(others)];

        expect(sumTotals([...others, ...some])).toEqual(whole);
        for (const name of ["requests", "outputTokens", "cost", "saved", "avoided", "fullPrice", "planValue"] as const)
          expect((a[name] ?? 0n) + (b[name] ?? 0n)).toBe(whole[name] ?? 0n);
        expect(whole.fullPrice ?? 0n).toBe((whole.cost ?? 0n) + (whole.saved ?? 0n) + (whole.avoided ?? 0n));
      }),
    );
  });
});
