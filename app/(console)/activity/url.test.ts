import { describe, expect, it } from "vitest";
import { type ActivityView, defaultView, hasFilters, readView, viewParams, withoutFilters } from "./url.ts";

const full: ActivityView = {
  tab: "sessions",
  range: "2026-10-01..2026-11-01",
  filters: {
    outcome: ["failed", "cached"],
    requested: ["claude-opus-5-5"],
    model: ["claude-haiku-5-5"],
    project: ["pay", "core"],
    person: ["per_1"],
    key: ["key_1"],
    team: ["Data"],
    rule: ["r_1"],
  },
  session: "4f1c",
  agent: "agent-1",
  kind: "all",
  isLive: true,
  request: "evt_1",
};

describe("the activity address", () => {
  it("round-trips a full and an empty view", () => {
    for (const view of [full, defaultView]) expect(readView(viewParams(view))).toEqual(view);
    expect(viewParams(defaultView)).toEqual({});
  });

  it("drops invalid parameters instead of refusing the link", () => {
    expect(readView({ range: "soon", outcome: "odd,failed", tab: "x", kind: "x", live: "yes" })).toEqual({
      ...defaultView,
      filters: { ...defaultView.filters, outcome: ["failed"] },
    });
  });

  it("knows whether a filter is set", () => {
    expect([hasFilters(full), hasFilters({ ...full, ...withoutFilters }), hasFilters(defaultView)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
