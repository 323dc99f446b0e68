import { describe, expect, it } from "vitest";
import { type DecisionFacts, decisionSentence, type RuleOfDecision, shareSentence } from "./decision-words.ts";

const rule: RuleOfDecision = {
  place: 2,
  line: 14,
  from: "claude-opus-5-5",
  to: "claude-sonnet-5-5",
  note: "Pilot",
  conditions: [],
  percentage: 100,
};

const say = (facts: Partial<DecisionFacts>) =>
  decisionSentence({
    decision: "pass",
    reason: "no-rule",
    requested: "claude-opus-5-5",
    served: "claude-opus-5-5",
    version: 42,
    rule: null,
    ...facts,
  });

describe("a decision in words", () => {
  it("names rule, version and both models of an override, and what the rule asked for", () => {
    expect(say({ decision: "override", reason: "rule", rule })).toBe(
      "Rule 2 of v42 (Pilot) matched: opus-5-5 is served by sonnet-5-5.",
    );
    expect(
      say({ decision: "override", reason: "rule", rule: { ...rule, note: null, conditions: ["sub-agents"] } }),
    ).toBe("Rule 2 of v42 matched: opus-5-5 is served by sonnet-5-5 (only for sub-agents).");
  });

  it("says why no rule applied, each reason in its own words", () => {
    const share = { ...rule, percentage: 25 };

    expect(say({})).toBe("No rule of v42 is about opus-5-5, so it served the request itself.");
    expect(say({ reason: "overrides-off" })).toMatch(/^Overrides were off/);
    expect(say({ reason: "condition", rule: { ...rule, conditions: ["project pay"] } })).toBe(
      "Rule 2 of v42 (Pilot) is about opus-5-5, but not for requests like this one (only for project pay).",
    );
    expect(say({ reason: "outside-share", rule: share })).toMatch(/is for 25 % of the sessions/);
    expect(say({ reason: "outside-window", rule })).toMatch(/not at this hour/);
    expect(say({ reason: "same-model", rule })).toMatch(/requested anyway/);
  });

  it("says whether a session was in the share of the rule, and nothing where no share was asked", () => {
    const share = { ...rule, percentage: 12.5 };
    const asked = { arm: 7, reason: "rule", ruleId: "rul_pilot", sessionId: "s1" };

    expect(shareSentence(asked, share)).toBe("The session is in the 12.5 % that this rule serves.");
    expect(shareSentence({ ...asked, reason: "hazard:E23" }, share)).toMatch(/ is in the 12.5 % /);
    expect(shareSentence({ ...asked, reason: "outside-share" }, share)).toBeNull();
    expect(say({ reason: "outside-share", rule: share })).toMatch(
      /12.5 % of the sessions, and this one is not among them/,
    );
    expect(shareSentence({ ...asked, sessionId: null }, share)).toMatch(/^The conversation is in /);
    expect(shareSentence(asked, rule)).toBeNull();
    expect(shareSentence(asked, null)).toBeNull();
    expect(shareSentence({ ...asked, arm: null }, share)).toBeNull();
    expect(shareSentence({ ...asked, reason: "condition" }, share)).toBeNull();
  });

  it("words a fallback, a session that was pinned by one, and a hazard differently", () => {
    expect(say({ decision: "fallback", reason: "upstream_404", rule })).toBe(
      "sonnet-5-5 is not known to the provider (404), so the request went back to opus-5-5. Rule 2 of v42 (Pilot) had matched.",
    );
    expect(say({ decision: "skipped", reason: "pinned:upstream_400", rule })).toBe(
      "Earlier in this session sonnet-5-5 refused the request as invalid (400), so the session stays with opus-5-5.",
    );
    expect(say({ decision: "skipped", reason: "hazard:E23", rule })).toBe(
      "Rule 2 of v42 (Pilot) matched, but sonnet-5-5 cannot take this request as it is (safeguards): opus-5-5 kept the request.",
    );
  });

  it("still says what it knows of a rule that is gone and of a reason of a later release", () => {
    expect(say({ decision: "override", reason: "rule", served: "claude-haiku-5-5", version: null })).toBe(
      "A rule sent opus-5-5 to haiku-5-5.",
    );
    expect(say({ reason: "over-budget" })).toBe("opus-5-5 served the request itself (over-budget).");
    expect(say({ decision: "skipped", reason: "hazard:E99" })).toMatch(/the rule's model cannot take .*\(E99\)/);
  });
});
