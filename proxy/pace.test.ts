import { expect, it } from "vitest";
import { Pace } from "./pace.ts";

it("counts the last ten whole seconds and forgets older ones", () => {
  const pace = new Pace();
  for (let tick = 0; tick < 30_000; tick += 100) pace.note(tick - 2, tick);

  expect(pace.perSecond(30_500)).toBe(10);
  expect(pace.perSecond(35_500)).toBe(5);
  expect(pace.perSecond(60_000)).toBe(0);
});

it("answers the middle of what was added, and nothing before the first request", () => {
  const pace = new Pace();
  expect(pace.addedP50Ms()).toBe(null);

  for (const added of [5, 1, 100]) pace.note(1000, 1000 + added);

  expect(pace.addedP50Ms()).toBe(5);
});
