import { expect, it } from "vitest";
import { ruleErrorRate } from "./error-rate.ts";
import { figuresByRule, type RuleMeasures } from "./rule-figures.ts";

const row = (part: Partial<RuleMeasures>): RuleMeasures => ({
  ruleId: "r_1",
  decision: "override",
  billingMode: "metered",
  requests: 0n,
  errors: 0n,
  costNanoUsd: 0n,
  baselineNanoUsd: 0n,
  savedNanoUsd: 0n,
  avoidedNanoUsd: 0n,
  unpriced: 0n,
  cacheHits: 0n,
  ...part,
});

it("counts the errors of overridden requests over overridden requests, and of nothing else", () => {
  const figures = figuresByRule([
    row({ requests: 100n, errors: 4n, savedNanoUsd: 8n, costNanoUsd: 1n, baselineNanoUsd: 9n }),
    row({ decision: "fallback", requests: 10n, errors: 5n }),
    row({ decision: "skipped", requests: 40n, errors: 9n }),
    row({ ruleId: "", decision: "pass", requests: 7n, errors: 7n }),
  ]);

  expect([...figures.keys()]).toEqual(["r_1"]);
  expect(figures.get("r_1")).toEqual({ requests: 100, errors: 4, fallbacks: 10, savedNanoUsd: "8", unpriced: 0 });
  expect(ruleErrorRate({ requests: 100, errors: 4 })).toBe(0.04);
});

it("gives no error rate before the first overridden request", () => {
  expect(ruleErrorRate({ requests: 0, errors: 0 })).toBeNull();
});

it("knows no saving of a rule whose model has no price", () => {
  const figures = figuresByRule([row({ requests: 3n, unpriced: 3n })]);

  expect(figures.get("r_1")).toMatchObject({ savedNanoUsd: null, unpriced: 3 });
});
