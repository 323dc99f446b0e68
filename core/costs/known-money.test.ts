import { describe, expect, it } from "vitest";
import { type MoneyRow, sumKnown, sumMoney } from "./known-money.ts";

const row = (part: Partial<MoneyRow> = {}): MoneyRow => ({
  billingMode: "metered",
  decision: "override",
  costNanoUsd: 0n,
  baselineNanoUsd: 0n,
  savedNanoUsd: 0n,
  avoidedNanoUsd: 0n,
  unpriced: 0n,
  cacheHits: 0n,
  ...part,
});
const priced = row({ decision: "pass", costNanoUsd: 7n, baselineNanoUsd: 7n });
const saved = (...rows: MoneyRow[]) => sumMoney(rows).saved;

describe("the saving of rows", () => {
  it("is unknown when the served model has no price", () => {
    expect(saved(row({ unpriced: 3n }))).toBeNull();
  });

  it("is unknown when the requested model has no price", () => {
    expect(saved(row({ costNanoUsd: 7n }))).toBeNull();
  });

  it("is unknown also beside requests with a price that no rule changed", () => {
    expect(sumMoney([row({ unpriced: 3n }), priced])).toEqual({
      cost: 7n,
      saved: null,
      avoided: 0n,
      fullPrice: 7n,
      planValue: 0n,
    });
  });

  it("is the sum of the known savings when a part of the overrides has a price", () => {
    expect(saved(row({ unpriced: 3n }), row({ costNanoUsd: 7n, baselineNanoUsd: 9n, savedNanoUsd: 2n }))).toBe(2n);
  });

  it("is zero, not unknown, without overrides, and with refused requests, answers of the response cache and subscription traffic", () => {
    expect(saved()).toBe(0n);
    expect(saved(row())).toBe(0n);
    expect(saved(row({ decision: "pass", unpriced: 3n }))).toBe(0n);
    expect(saved(row({ avoidedNanoUsd: 40n, cacheHits: 1n }))).toBe(0n);
    expect(saved(row({ billingMode: "subscription", unpriced: 3n }))).toBe(0n);
  });
});

describe("the other figures of rows", () => {
  it("are unknown where the traffic that belongs in them has no price, and zero where there is none", () => {
    expect(sumMoney([row({ decision: "pass", unpriced: 2n })])).toEqual({
      cost: null,
      saved: 0n,
      avoided: 0n,
      fullPrice: null,
      planValue: 0n,
    });
    expect(sumMoney([row({ billingMode: "subscription", unpriced: 2n })])).toEqual({
      cost: 0n,
      saved: 0n,
      avoided: 0n,
      fullPrice: 0n,
      planValue: null,
    });
  });

  it("are not known through the price of traffic that is billed otherwise", () => {
    const plan = row({ billingMode: "subscription", costNanoUsd: 5n, baselineNanoUsd: 5n });

    expect(sumMoney([row({ decision: "pass", unpriced: 2n }), plan])).toMatchObject({ cost: null, planValue: 5n });
    expect(sumMoney([priced, { ...plan, unpriced: 2n, costNanoUsd: 0n, baselineNanoUsd: 0n }])).toMatchObject({
      cost: 7n,
      planValue: null,
    });
  });

  it("know nothing of what a hit avoided whose model has no price", () => {
    const hit = row({ decision: "pass", cacheHits: 2n });

    expect(sumMoney([hit])).toMatchObject({ cost: 0n, avoided: null, fullPrice: null });
    expect(sumMoney([hit, row({ cacheHits: 1n, avoidedNanoUsd: 4n })])).toMatchObject({ avoided: 4n, fullPrice: 4n });
  });

  it("are as unknown beside an answer of the response cache, which costs nothing, as without it", () => {
    const hit = row({ decision: "pass", cacheHits: 1n, avoidedNanoUsd: 4n });
    const unpriced = row({ unpriced: 3n });

    expect(sumMoney([unpriced, hit])).toMatchObject({ cost: null, saved: null, avoided: 4n });
    expect(sumMoney([unpriced, hit].map((one) => ({ ...one, billingMode: "subscription" })))).toMatchObject({
      planValue: null,
    });
  });

  it("have the cost in the full price also where the saving is unknown, so that rows add up to their total", () => {
    expect(sumMoney([row({ costNanoUsd: 7n })])).toMatchObject({ cost: 7n, saved: null, fullPrice: 7n });
  });
});

it("adds figures that are shown as one, unknown where the known ones add nothing", () => {
  expect([sumKnown([]), sumKnown([0n, 3n]), sumKnown([null, 3n]), sumKnown([null, 0n])]).toEqual([0n, 3n, 3n, null]);
});
