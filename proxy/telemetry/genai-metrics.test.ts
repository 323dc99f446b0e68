import { expect, it } from "vitest";
import { makeEvent } from "#tests/support/make-event.ts";
import { GenAiMetrics } from "./genai-metrics.ts";

it("counts subscription traffic as plan value and as no cost, as every other surface does", async () => {
  const metrics = new GenAiMetrics({ server: new URL("https://a.example"), version: "1", isLatest: false });
  const amounts = { costNanoUsd: "2000000000", savedNanoUsd: "500000000", avoidedNanoUsd: "0" };
  metrics.count(makeEvent({ ...amounts, billingMode: "metered" }), true, null);
  metrics.count(makeEvent({ ...amounts, billingMode: "subscription" }), true, null);

  const found = (await metrics.collect()).resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  const sum = (name: string) =>
    found
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints.map(({ value }) => Number(value)))
      .reduce((total, value) => total + value, 0);
  expect(["cco.cost.usd", "cco.saved.usd", "cco.plan_value.usd"].map(sum)).toEqual([2, 0.5, 2]);
});
