import { describe, expect, it } from "vitest";
import { DEFAULT_ISSUING_POLICY, type IssuingPolicy } from "#core/access/issuing-policy.ts";
import { NO_LIMITS } from "#core/access/key-limits.ts";
import { toIssuingForm, toIssuingPolicy } from "./issuing-form.ts";

const policies: IssuingPolicy[] = [
  DEFAULT_ISSUING_POLICY,
  { ...DEFAULT_ISSUING_POLICY, ownProjects: "any", mayOwnBeFree: true, issuerRoles: ["owner"] },
  {
    ...DEFAULT_ISSUING_POLICY,
    ownRoles: ["developer"],
    ownProjects: ["web", "data lake"],
    ownLifeMax: 30,
    issuedLifeMax: 365,
    ownLimits: { ...NO_LIMITS, models: ["haiku"], monthlyPlanNanoUsd: 12_500_000_000 },
  },
];

describe("the issuing policy form", () => {
  it.each(policies)("sends policy %# unchanged when nothing is edited", (policy) => {
    expect(toIssuingPolicy(toIssuingForm(policy))).toEqual(policy);
  });

  it("revokes free attribution when projects are closed", () => {
    const form = { ...toIssuingForm(DEFAULT_ISSUING_POLICY), mayOwnBeFree: true, projects: "listed" as const };
    expect(toIssuingPolicy({ ...form, listed: "web, docs" })).toMatchObject({
      mayOwnBeFree: false,
      ownProjects: ["web", "docs"],
    });
  });
});
