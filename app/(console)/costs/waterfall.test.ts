import { describe, expect, it } from "vitest";
import type { WhatChanged } from "#core/costs/what-changed-view.ts";
import { defaultView } from "./url.ts";
import { buildLineAddress, toSteps } from "./waterfall.ts";

const line = (name: WhatChanged["lines"][number]["name"], nanoUsd: string) => ({
  ...{ name, cause: null, label: name, detail: "", nanoUsd, session: name === "outlier" ? "s_1" : null },
});
const range = { text: "7d", label: "16 Nov – 22 Nov", zone: "UTC", from: "2026-11-16", to: "2026-11-23" };
const changed: WhatChanged = {
  range,
  previous: { ...range, label: "9 Nov – 15 Nov" },
  costNanoUsd: "150",
  previousCostNanoUsd: "100",
  differenceNanoUsd: "50",
  unpriced: 0,
  previousUnpriced: 0,
  leftOut: null,
  lines: [line("people", "100"), line("mix", "0"), line("rules", "-60"), line("outlier", "10")],
};

describe("the waterfall of what changed", () => {
  it("leads from the amount before to the amount after, without lines of nothing", () => {
    const steps = toSteps(changed);

    expect(steps.map(({ name, from, to }) => [name, from * 200, to * 200])).toEqual([
      ["before", 0, 100],
      ["people", 100, 200],
      ["rules", 200, 140],
      ["outlier", 140, 150],
      ["after", 0, 150],
    ]);
    expect(new Set(steps.map(({ key }) => key)).size).toBe(steps.length);
  });

  it("links each line to its rows, and the amounts to nothing", () => {
    const addresses = toSteps(changed).map((step) => buildLineAddress(step, { ...defaultView, range: "7d" }));

    expect(addresses).toEqual([
      null,
      expect.stringContaining("group=person"),
      expect.stringContaining("group=rule"),
      "/activity?session=s_1",
      null,
    ]);
  });
});
