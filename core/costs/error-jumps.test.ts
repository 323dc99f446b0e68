import { describe, expect, it } from "vitest";
import { compareSince, findErrorJumps, type RuleSample } from "./error-jumps.ts";

const sample = (ruleId: string, version: number, requests: number, errors: number): RuleSample => ({
  ruleId,
  version,
  requests,
  errors,
});
const calm = [sample("r_calm", 1, 1000, 0), sample("r_calm", 50, 1000, 4), sample("r_calm", 51, 1000, 4)];
const jumps = (samples: readonly RuleSample[]) =>
  findErrorJumps([
    {
      ...{ ruleId: "r_bad", from: "opus", to: "sonnet", note: null, version: 51, rollBackTo: 50 },
      compared: compareSince(samples, "r_bad", 51),
    },
  ]);

describe("rules that fail more often than the others", () => {
  it("does not blame a rule for errors from before the version that brought it back", () => {
    expect(jumps([...calm, sample("r_bad", 40, 1000, 100), sample("r_bad", 51, 3, 1)])).toEqual([]);
  });

  it("measures the rule and the others from the same version", () => {
    expect(jumps([...calm, sample("r_bad", 40, 1000, 900), sample("r_bad", 51, 100, 10)])).toMatchObject([
      { rate: 0.1, others: 0.004, version: 51, rollBackTo: 50 },
    ]);
  });

  it("names a rule without others to compare with from every tenth request on", () => {
    expect(jumps([sample("r_bad", 51, 500, 49)])).toEqual([]);
    expect(jumps([sample("r_bad", 51, 500, 50)])).toMatchObject([{ rate: 0.1, others: null }]);
  });
});
