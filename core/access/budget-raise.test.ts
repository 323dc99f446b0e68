import { describe, expect, it } from "vitest";
import { type BudgetRaise, RaisesInForce } from "./budget-raise.ts";
import { HolderTable } from "./holder-table.ts";
import { type KeyLimits, NO_LIMITS } from "./key-limits.ts";
import { EVERY_PERSON } from "./limit-holder.ts";

const NOON_MS = Date.UTC(2026, 10, 22, 12);
const dollars = (count: number) => count * 1_000_000_000;
const raise = (fields: Partial<BudgetRaise>): BudgetRaise => ({
  kind: "team",
  holder: "payments",
  unit: "dollars",
  nanoUsd: dollars(20),
  endsAtMs: NOON_MS + 60_000,
  ...fields,
});
const budget = (usd: number, planUsd: number | null = null): KeyLimits => ({
  ...NO_LIMITS,
  monthlyBudgetNanoUsd: dollars(usd),
  monthlyPlanNanoUsd: planUsd === null ? null : dollars(planUsd),
});

describe("budgets that are raised for a time", () => {
  it("adds the raises of a holder that have not ended, each to its own budget", () => {
    const raises = new RaisesInForce(
      [
        raise({}),
        raise({ nanoUsd: dollars(5), endsAtMs: NOON_MS + 1 }),
        raise({ nanoUsd: dollars(400), endsAtMs: NOON_MS }),
        raise({ unit: "plan", nanoUsd: dollars(7) }),
        raise({ kind: "project", nanoUsd: dollars(90) }),
      ],
      NOON_MS,
    );
    expect(raises.find("team", "payments")).toEqual({ dollars: dollars(25), plan: dollars(7) });
    expect(raises.find("project", "payments")).toEqual({ dollars: dollars(90), plan: 0 });
    expect(raises.find("team", "web")).toEqual({ dollars: 0, plan: 0 });
    expect(raises.nextEndMs).toBe(NOON_MS + 1);
    expect(new RaisesInForce([], 0).nextEndMs).toBeNull();
  });

  it("makes no budget where there is none, and leaves the other limits as they are", () => {
    const raises = new RaisesInForce([raise({}), raise({ unit: "plan" })], NOON_MS);
    const limits = { ...budget(100), requestsPerMinute: 3 };
    expect(raises.raise("team", "payments", limits)).toEqual({ ...budget(120), requestsPerMinute: 3 });
    expect(raises.raise("team", "web", limits)).toBe(limits);
  });

  it("raises key, person, team and project of a request, a person also over the limits of everybody", () => {
    const raises = (["key", "person", "team", "project"] as const).map((kind, at) =>
      raise({ kind, holder: `${kind}-1`, nanoUsd: dollars(at + 1) }),
    );
    const table = new HolderTable(
      [
        { kind: "person", holder: EVERY_PERSON, limits: budget(10) },
        { kind: "team", holder: "team-1", limits: budget(10) },
        { kind: "project", holder: "project-1", limits: budget(10) },
      ],
      new RaisesInForce(raises, NOON_MS),
    );
    const own = table.findOwn({ id: "key-1", personId: "person-1", limits: budget(10) });
    const held = table.findAll(own, "team-1", "project-1");
    expect(held?.all.map(({ limits }) => limits.monthlyBudgetNanoUsd)).toEqual([11, 12, 13, 14].map(dollars));
    const other = table.findOwn({ id: "key-2", personId: "person-2", limits: null });
    expect(other?.all.map(({ limits }) => limits.monthlyBudgetNanoUsd)).toEqual([dollars(10)]);
  });
});
