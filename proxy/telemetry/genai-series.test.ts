import { describe, expect, it } from "vitest";
import { makeEvent } from "#tests/support/make-event.ts";
import { GenAiSeries, MoneySum } from "./genai-series.ts";
import { Histogram } from "./histogram.ts";

describe("series", () => {
  it("are one for events of the same kind, and another for another model", () => {
    const series = new GenAiSeries({});
    const first = series.of(makeEvent({ servedModel: "claude-haiku-5-5" }));
    const other = series.of(makeEvent({ servedModel: "claude-opus-5-5" }));

    expect(series.of(makeEvent({ servedModel: "claude-haiku-5-5" }))).toBe(first);
    expect(other).not.toBe(first);
  });

  it("stay few when callers invent names: 100 are kept apart, then other", () => {
    const series = new GenAiSeries({});
    for (let name = 0; name < 5_000; name++) {
      const model = `invented-${name}`;
      series.of(makeEvent({ requestedModel: model, servedModel: model, answeredModel: model })).requests++;
    }
    const all = [...series.all()];

    expect(all.length).toBeLessThanOrEqual(102);
    expect(all.reduce((sum, { requests }) => sum + requests, 0)).toBe(5_000);
    expect(all.map(({ attributes }) => attributes["gen_ai.request.model"])).toContain("other");
  });

  it("count together what would be too many combinations", () => {
    const series = new GenAiSeries({});
    for (let asked = 0; asked < 40; asked++)
      for (let served = 0; served < 40; served++) {
        const event = makeEvent({ requestedModel: `a-${asked}`, servedModel: `b-${served}`, answeredModel: null });
        series.of(event).requests++;
      }
    const all = [...series.all()];

    expect(all.length).toBe(501);
    expect(all.reduce((sum, { requests }) => sum + requests, 0)).toBe(1_600);
    expect(all.at(-1)?.attributes).toMatchObject({ "otel.metric.overflow": true });
  });
});

describe("MoneySum", () => {
  it("is exact beyond what a number holds, in both directions", () => {
    const sum = new MoneySum();
    for (let time = 0; time < 7; time++) sum.add("4503599627370495");
    sum.add("-3");

    expect(sum.nanoUsd).toBe(7n * 4503599627370495n - 3n);
  });
});

describe("Histogram", () => {
  it("puts a value that equals a bound into the bucket below it, and the largest beyond all", () => {
    const histogram = new Histogram([1, 2]);
    for (const value of [0, 1, 1.5, 2, 3]) histogram.observe(value);

    expect(histogram.counts).toEqual([2, 2, 1]);
    expect([histogram.sum, histogram.count]).toEqual([7.5, 5]);
  });
});
