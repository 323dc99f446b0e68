import { expect, test } from "vitest";
import { HitRate } from "./hit-rate.ts";

const start = 1_700_000_000_000;

test("gives NaN as the hit rate without look-ups, so that an alert stays silent", () => {
  expect(new HitRate().over5Minutes(start)).toBeNaN();
});

test("counts look-ups of the last five minutes and forgets older ones", () => {
  const rate = new HitRate();
  for (let at = 0; at < 3; at += 1) rate.note("miss", start);
  rate.note("hit", start + 60_000);

  expect(rate.over5Minutes(start + 60_000)).toBe(0.25);
  expect(rate.over5Minutes(start + 5 * 60_000 + 1)).toBe(1);
  expect(rate.over5Minutes(start + 7 * 60_000)).toBeNaN();
});
