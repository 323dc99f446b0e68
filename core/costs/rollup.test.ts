import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryEvent } from "#tests/support/arbitrary-event.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { addMeasures, emptyMeasures, rollupDims, rollupMeasures, summedMeasures, toQuarterStart } from "./rollup.ts";

describe("a rollup", () => {
  it("sums events in any order and any grouping", () => {
    fc.assert(
      fc.property(fc.array(arbitraryEvent, { maxLength: 30 }), fc.nat({ max: 30 }), (events, cut) => {
        const sumEvents = (part: typeof events) => {
          const sum = emptyMeasures();
          for (const event of part) addMeasures(sum, rollupMeasures(event));
          return sum;
        };
        const whole = sumEvents(events);
        const halves = sumEvents(events.slice(cut));
        addMeasures(halves, sumEvents(events.slice(0, cut)));

        expect(halves).toEqual(whole);
        expect(sumEvents([...events].reverse())).toEqual(whole);
        expect(whole.requests).toBe(BigInt(events.length));
        expect(whole.costNanoUsd).toBe(events.reduce((total, event) => total + BigInt(event.costNanoUsd ?? 0), 0n));
        expect(whole.lastAtMs).toBe(BigInt(Math.max(0, ...events.map((event) => event.endedAtMs))));
      }),
    );
  });

  it("never counts less than nothing", () => {
    fc.assert(
      fc.property(arbitraryEvent, (event) => {
        const measures = rollupMeasures(event);
        const negative = summedMeasures.filter((name) => measures[name] < 0n);
        expect(negative.filter((name) => name !== "savedNanoUsd")).toEqual([]);
      }),
    );
  });

  it("keeps unknown money apart from none", () => {
    const unpriced = makeEvent({ costs: null, costNanoUsd: null, savedNanoUsd: null });
    expect(rollupMeasures(unpriced)).toMatchObject({
      unpriced: 1n,
      costNanoUsd: 0n,
      baselineNanoUsd: 0n,
      savedNanoUsd: 0n,
    });
    const refused = makeEvent({ costNanoUsd: null, usageState: "none", ended: "error", status: 429 });
    expect(rollupMeasures(refused)).toMatchObject({ unpriced: 0n, errors: 1n });
    const interrupted = makeEvent({ costNanoUsd: null, usageState: "none", ended: "interrupted" });
    expect(rollupMeasures(interrupted)).toMatchObject({ unpriced: 1n, errors: 0n });
    const givenUp = makeEvent({ costNanoUsd: null, usageState: "unknown", ended: "cancelled", status: 499 });
    expect(rollupMeasures(givenUp)).toMatchObject({ unpriced: 1n, cancelled: 1n, errors: 0n });
  });

  it.each([
    ["complete", 200, null, { errors: 0n, truncated: 0n, cancelled: 0n }],
    ["error", 200, "overloaded_error", { errors: 1n }],
    ["truncated", 200, null, { errors: 0n, truncated: 1n }],
    ["truncated", 502, null, { errors: 1n, truncated: 1n }],
    ["truncated", 200, "api_error", { errors: 1n, truncated: 1n }],
    ["cancelled", 499, null, { errors: 0n, cancelled: 1n }],
  ] as const)("counts an ending %s with status %i and error %s", (ended, status, errorType, counts) => {
    expect(rollupMeasures(makeEvent({ ended, status, errorType }))).toMatchObject(counts);
  });

  it("gives unknown values a separate group", () => {
    const event = makeEvent({ servedModel: null, ruleId: null, ruleVersion: null, team: null });
    expect(rollupDims(event)).toMatchObject({ servedModel: "", ruleId: "", ruleVersion: 0, team: "" });
  });

  it("starts its quarter-hours on the clock", () => {
    expect(toQuarterStart(Date.parse("2026-10-25T01:14:59.999Z"))).toBe(Date.parse("2026-10-25T01:00:00Z") / 1000);
    expect(toQuarterStart(Date.parse("2026-10-25T01:15:00Z"))).toBe(Date.parse("2026-10-25T01:15:00Z") / 1000);
  });
});
