import { describe, expect, it } from "vitest";
import { findErrorJumps, type RuleSample } from "./error-jumps.ts";

const rule = (ruleId: string, isLive = true) => ({ ruleId, from: "opus", to: "sonnet", note: null, isLive });
const sample = (ruleId: string, version: number, requests: number, errors: number): RuleSample => ({
  ruleId,
  version,
  requests,
  errors,
});
const rules = [rule("r_bad"), rule("r_calm")];
const cause = (version: number, atMs = 1000) =>
  new Map([
    ["r_bad", { version, atMs }],
    ["r_calm", { version: 1, atMs: 0 }],
  ]);
const calm = [sample("r_calm", 1, 1000, 0), sample("r_calm", 50, 1000, 4), sample("r_calm", 51, 1000, 4)];

describe("rules that fail more often than the others", () => {
  it("does not blame a rule for errors from before the version that brought it back", () => {
    const samples = [...calm, sample("r_bad", 40, 1000, 100), sample("r_bad", 51, 3, 1)];

    expect(findErrorJumps({ rules, samples, causes: cause(51), live: 51, previous: 50, fromMs: 0 })).toEqual([]);
  });

  it("measures the rule and the others from the same version", () => {
    const samples = [...calm, sample("r_bad", 40, 1000, 900), sample("r_bad", 51, 100, 10)];

    expect(findErrorJumps({ rules, samples, causes: cause(51), live: 51, previous: 50, fromMs: 0 })).toMatchObject([
      { rate: 0.1, others: 0.004, version: 51, rollBackTo: 50 },
    ]);
  });

  it("names a rule without others to compare with from every tenth request on", () => {
    const found = (errors: number) => {
      const samples = [sample("r_bad", 51, 500, errors)];
      return findErrorJumps({ rules, samples, causes: cause(51), live: 51, previous: 50, fromMs: 0 });
    };

    expect(found(49)).toEqual([]);
    expect(found(50)).toMatchObject([{ rate: 0.1, others: null }]);
  });

  it("offers no roll back when the version that changed the rule is not the live one", () => {
    const samples = [...calm, sample("r_bad", 50, 100, 10)];

    expect(findErrorJumps({ rules, samples, causes: cause(50), live: 51, previous: 50, fromMs: 0 })).toMatchObject([
      { version: 50, rollBackTo: null },
    ]);
  });

  it("does not name a version that went live before the range", () => {
    const samples = [...calm, sample("r_bad", 51, 100, 10)];

    expect(
      findErrorJumps({ rules, samples, causes: cause(51, 1000), live: 51, previous: 50, fromMs: 2000 }),
    ).toMatchObject([{ version: null, rollBackTo: 50 }]);
  });

  it("leaves rules alone that are not live any more", () => {
    const samples = [...calm, sample("r_bad", 51, 100, 10)];
    const gone = [rule("r_bad", false), rule("r_calm")];

    expect(findErrorJumps({ rules: gone, samples, causes: cause(51), live: 52, previous: 51, fromMs: 0 })).toEqual([]);
  });
});
