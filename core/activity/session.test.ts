import { describe, expect, it } from "vitest";
import { type AgentNode, agentTree, type SessionPart, sumFigures } from "./session.ts";

const part = (fields: Partial<SessionPart> = {}): SessionPart => ({
  agentId: null,
  parentAgentId: null,
  requestedModel: "claude-opus-5-5",
  servedModel: "claude-opus-5-5",
  decision: "pass",
  reason: "no-rule",
  ruleId: null,
  ruleVersion: 1,
  billingMode: "metered",
  requests: 1,
  failed: 0,
  unpriced: 0n,
  cacheHits: 0n,
  costNanoUsd: 10n,
  baselineNanoUsd: 10n,
  avoidedNanoUsd: 0n,
  savedNanoUsd: 0n,
  firstAtMs: 1000,
  lastAtMs: 2000,
  ...fields,
});

const noRule = () => null;
const shape = (node: AgentNode): unknown => [node.agentId, node.agents.map(shape)];

describe("the agents of a session", () => {
  it("hang on the agent that started them, in the order they began", () => {
    const tree = agentTree(
      [
        part({ agentId: "late", parentAgentId: null, firstAtMs: 9000 }),
        part({ agentId: "child", parentAgentId: "early", firstAtMs: 4000 }),
        part({ agentId: "early", firstAtMs: 3000 }),
        part(),
      ],
      noRule,
    );

    expect(shape(tree)).toEqual([
      null,
      [
        ["early", [["child", []]]],
        ["late", []],
      ],
    ]);
  });

  it("are all in the tree, also when their parent is unknown or two name each other", () => {
    const tree = agentTree(
      [
        part({ agentId: "a", parentAgentId: "b" }),
        part({ agentId: "b", parentAgentId: "a" }),
        part({ agentId: "orphan", parentAgentId: "gone" }),
      ],
      noRule,
    );

    expect(shape(tree)).toEqual([
      null,
      [
        ["a", [["b", []]]],
        ["orphan", []],
      ],
    ]);
    expect(tree.figures.requests).toBe(0);
  });

  it("are those of the newest request of each model", () => {
    const { allotments } = agentTree(
      [
        part({ requests: 3, lastAtMs: 9000, decision: "skipped", reason: "pinned:upstream_400" }),
        part({ requests: 5, lastAtMs: 5000, decision: "override", reason: "rule", servedModel: "claude-haiku-5-5" }),
        part({ requests: 1, requestedModel: "claude-haiku-5-5", servedModel: "claude-haiku-5-5" }),
      ],
      noRule,
    );

    expect(
      allotments.map(({ requested, served, requests, isOverride }) => [requested, served, requests, isOverride]),
    ).toEqual([
      ["claude-opus-5-5", "claude-opus-5-5", 8, false],
      ["claude-haiku-5-5", "claude-haiku-5-5", 1, false],
    ]);
    expect(allotments[0]?.why).toMatch(/stays with opus-5-5/);
  });
});

it("sums a session exactly, and keeps plan value out of its cost", () => {
  const figures = sumFigures([
    part({ costNanoUsd: 9_007_199_254_740_993n, savedNanoUsd: -5n, requests: 2 }),
    part({ costNanoUsd: 4n, savedNanoUsd: 4n, billingMode: "subscription", unpriced: 2n }),
    part({ requests: 0, unpriced: 1n, costNanoUsd: 0n, baselineNanoUsd: 0n, savedNanoUsd: 0n }),
  ]);

  expect(figures).toMatchObject({
    requests: 3,
    unpriced: 3,
    planUnpriced: 2,
    costNanoUsd: "9007199254740993",
    savedNanoUsd: "-5",
    planValueNanoUsd: "4",
  });
});

it("knows neither the cost of a session nor its saving where the model of every request has no price", () => {
  const unpriced = { unpriced: 2n, requests: 2, costNanoUsd: 0n, baselineNanoUsd: 0n };

  expect(sumFigures([part({ ...unpriced, decision: "override" })])).toMatchObject({
    costNanoUsd: null,
    savedNanoUsd: null,
    planValueNanoUsd: "0",
  });
  expect(sumFigures([part(unpriced)])).toMatchObject({ costNanoUsd: null, savedNanoUsd: "0" });
});
