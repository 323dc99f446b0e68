import { describe, expect, it } from "vitest";
import { DEFAULT_ISSUING_POLICY, fillLimits, findOwnKeyProblems, type PolicedKey } from "./issuing-policy.ts";
import { type KeyLimits, NO_LIMITS } from "./key-limits.ts";

const plain: PolicedKey = { team: null, project: null, attribution: "locked", lifeDays: null, limits: NO_LIMITS };
const listFields = (policy: object, key: Partial<PolicedKey>) =>
  Object.keys(findOwnKeyProblems({ ...DEFAULT_ISSUING_POLICY, ...policy }, { ...plain, ...key }));

describe("the issuing policy", () => {
  it("locks people's own keys to the default project by default", () => {
    expect(listFields({}, {})).toEqual([]);
    expect(listFields({}, { project: "default" })).toEqual([]);
    expect(listFields({}, { project: "checkout" })).toEqual(["project"]);
    expect(listFields({ ownProjects: "any" }, { team: "payments" })).toEqual(["team"]);
    expect(listFields({}, { attribution: "free" })).toEqual(["attribution"]);
  });

  it("opens listed projects, or any", () => {
    expect(listFields({ ownProjects: ["web"] }, { project: "web" })).toEqual([]);
    expect(listFields({ ownProjects: ["web"] }, { project: "Web" })).toEqual(["project"]);
    expect(listFields({ ownProjects: "any" }, { project: "checkout" })).toEqual([]);
  });

  it("asks for an end where keys have a longest life, and takes none beyond it", () => {
    expect(listFields({ ownLifeMax: 30 }, {})).toEqual(["expiresInDays"]);
    expect(listFields({ ownLifeMax: 30 }, { lifeDays: 90 })).toEqual(["expiresInDays"]);
    expect(listFields({ ownLifeMax: 30 }, { lifeDays: 30 })).toEqual([]);
  });

  it("fills limits that were left out with the largest, and refuses larger ones by their names", () => {
    const ownLimits: KeyLimits = {
      endpoints: "messages",
      models: ["haiku", "claude-sonnet-*"],
      requestsPerMinute: 60,
      openRequestsMax: 4,
      monthlyBudgetNanoUsd: 50_000_000_000,
      monthlyPlanNanoUsd: 100_000_000_000,
    };
    const { endpoints: _, ...nothing } = NO_LIMITS;
    expect(fillLimits(nothing, ownLimits)).toEqual(ownLimits);
    expect(fillLimits({ ...nothing, requestsPerMinute: 5 }, ownLimits)).toEqual({ ...ownLimits, requestsPerMinute: 5 });
    const excess = findOwnKeyProblems({ ...DEFAULT_ISSUING_POLICY, ownLimits }, plain);
    expect(Object.keys(excess).sort()).toEqual(Object.keys(ownLimits).sort());
    expect(excess.monthlyBudgetNanoUsd).toBe("Self-issued keys have at most $50.00 a month. Use less or ask an admin.");
    expect(findOwnKeyProblems({ ...DEFAULT_ISSUING_POLICY, ownLimits }, { ...plain, limits: ownLimits })).toEqual({});
  });

  it.each([
    [["haiku"], true],
    [["claude-sonnet-5-5"], true],
    [["claude-sonnet-5-*"], true],
    [["haiku", "opus"], false],
    [["sonnet"], false], // a family may hold models that the pattern does not cover
    [["claude-*"], false],
    [["*"], false],
    [null, false],
  ])("judges the models %j against haiku and claude-sonnet-*", (models, isWithin) => {
    const ownLimits = { ...NO_LIMITS, models: ["haiku", "claude-sonnet-*"] };
    expect(listFields({ ownLimits }, { limits: { ...NO_LIMITS, models } })).toEqual(isWithin ? [] : ["models"]);
  });

  it("does not take the text of a wider pattern for a single letter of a narrower one", () => {
    const ownLimits = { ...NO_LIMITS, models: ["claude-sonnet-?"] };
    expect(listFields({ ownLimits }, { limits: { ...NO_LIMITS, models: ["claude-sonnet-*"] } })).toEqual(["models"]);
    expect(listFields({ ownLimits }, { limits: { ...NO_LIMITS, models: ["claude-sonnet-5"] } })).toEqual([]);
  });
});
