import { describe, expect, it } from "vitest";
import { HolderTable, type StoredLimits } from "./holder-table.ts";
import { type KeyLimits, NO_LIMITS } from "./key-limits.ts";
import { EVERY_PERSON, ORGANISATION, toCounterName } from "./limit-holder.ts";

const rate = (requestsPerMinute: number): KeyLimits => ({ ...NO_LIMITS, requestsPerMinute });
const stored = (kind: StoredLimits["kind"], holder: string, limits: KeyLimits): StoredLimits => ({
  kind,
  holder,
  limits,
});
const key = (personId: string | null, limits: KeyLimits | null = null) => ({ id: "k", personId, limits });

describe("T22c: whose limits hold a request", () => {
  const table = new HolderTable([
    stored("person", EVERY_PERSON, rate(10)),
    stored("person", "ada", rate(20)),
    stored("person", "bob", NO_LIMITS),
    stored("team", "payments", { ...NO_LIMITS, models: ["haiku"] }),
    stored("project", "checkout", { ...NO_LIMITS, monthlyPlanNanoUsd: 5 }),
    stored("project", "unlimited", NO_LIMITS),
  ]);
  const findRate = (personId: string | null) => table.findOwn(key(personId))?.all[0]?.limits.requestsPerMinute ?? null;

  it("applies a person's own row, else that of every person; a row without limits frees its person alone", () => {
    expect([findRate("ada"), findRate("eve"), findRate("bob"), findRate(null)]).toEqual([20, 10, null, null]);
    expect(table.findOwn(key("eve"))?.counters).toEqual(["person:eve"]);
  });

  it("finds key, person, team and project together, narrowest first, and counts those with sums or counts", () => {
    const own = table.findOwn(key("ada", rate(1)));
    const held = table.findAll(own, "payments", "checkout");

    expect(held?.all.map(toCounterName)).toEqual(["key:k", "person:ada", "team:payments", "project:checkout"]);
    expect(held?.counters).toEqual(["key:k", "person:ada", "project:checkout"]);
    expect(held?.budgeted).toEqual({ metered: [], subscription: ["project:checkout"] });
    expect(table.findAll(null, null, "checkout")?.counters).toEqual(["project:checkout"]);
  });

  it("holds every request by the limits of the organisation, last, with or without other holders", () => {
    const whole = { ...NO_LIMITS, monthlyBudgetNanoUsd: 9 };
    const withAll = new HolderTable([
      stored("organisation", ORGANISATION, whole),
      stored("organisation", "another", rate(1)),
      stored("team", "payments", rate(5)),
    ]);
    const own = withAll.findOwn(key("ada", rate(1)));

    expect(withAll.findAll(null, null, "x")?.counters).toEqual(["organisation:*"]);
    expect(withAll.findAll(own, "payments", "x")?.counters).toEqual(["key:k", "team:payments", "organisation:*"]);
    expect(withAll.findAll(null, null, "x")?.isAsked).toEqual({ metered: true, subscription: false });
    // Names without limits add nothing to what is remembered.
    expect(withAll.findAll(own, "a", "b")).toBe(withAll.findAll(own, "c", "d"));
  });

  it("builds holders once for each combination, and never for names that have no limits", () => {
    const own = table.findOwn(key("ada"));

    expect(table.findAll(own, "payments", "checkout")).toBe(table.findAll(own, "payments", "checkout"));
    expect(table.findAll(own, "payments", "checkout")).not.toBe(table.findAll(own, "payments", "x"));
    for (let at = 0; at < 3; at++) expect(table.findAll(own, `t${at}`, `p${at}`)).toBe(own);
    expect(table.findAll(null, null, "unlimited")).toBeNull();
  });
});
