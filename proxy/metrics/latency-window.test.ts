import { expect, it } from "vitest";
import { findMedian, LatencyWindow } from "./latency-window.ts";

it("counts requests of the last ten whole seconds and forgets older ones", () => {
  const pace = new LatencyWindow();
  for (let tick = 0; tick < 30_000; tick += 100) pace.note(tick - 2, tick);

  expect(pace.perSecond(30_500)).toBe(10);
  expect(pace.perSecond(35_500)).toBe(5);
  expect(pace.perSecond(60_000)).toBe(0);
});

it("returns the median of the samples from the twentieth on, and null before", () => {
  const pace = new LatencyWindow();
  for (let added = 1; added < 20; added += 1) pace.note(1000, 1000 + added);
  expect(pace.addedP50Ms()).toBe(null);

  pace.note(1000, 1500);

  expect(pace.addedP50Ms()).toBe(11);
});

it("counts the samples of all processes together before it returns a median", () => {
  expect(findMedian([...Array(10).fill(1), ...Array(9).fill(3)])).toBe(null);
  expect(findMedian([...Array(9).fill(1), ...Array(11).fill(3)])).toBe(3);
});
