import { describe, expect, it } from "vitest";
import { knownSaving, type SavingMeasures } from "./known-saving.ts";

const row = (part: Partial<SavingMeasures> = {}): SavingMeasures => ({
  billingMode: "metered",
  costNanoUsd: 0n,
  baselineNanoUsd: 0n,
  savedNanoUsd: 0n,
  avoidedNanoUsd: 0n,
  unpriced: 0n,
  ...part,
});

describe("the saving of rows", () => {
  it("knows no saving when the served model has no price", () => {
    expect(knownSaving([row({ unpriced: 3n })])).toBeNull();
  });

  it("knows no saving when the requested model has no price", () => {
    expect(knownSaving([row({ costNanoUsd: 7n })])).toBeNull();
  });

  it("sums the known savings when a part of the rows has a price", () => {
    expect(knownSaving([row({ unpriced: 3n }), row({ costNanoUsd: 7n, baselineNanoUsd: 9n, savedNanoUsd: 2n })])).toBe(
      2n,
    );
  });

  it("saves zero, not unknown, with refused requests, answers of the response cache and subscription traffic", () => {
    expect(knownSaving([])).toBe(0n);
    expect(knownSaving([row()])).toBe(0n);
    expect(knownSaving([row({ avoidedNanoUsd: 40n })])).toBe(0n);
    expect(knownSaving([row({ billingMode: "subscription", unpriced: 3n })])).toBe(0n);
  });
});
