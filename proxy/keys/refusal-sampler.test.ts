import { expect, it } from "vitest";
import { RefusalSampler } from "./refusal-sampler.ts";

it("lets one refusal in ten seconds leave an event, for each caller and reason", () => {
  let now = 1_000_000;
  const sampler = new RefusalSampler(() => now);
  const due = () => sampler.isDue("key_a", "key.too-fast");

  expect([due(), due()]).toEqual([true, false]);
  expect(sampler.isDue("key_a", "key.budget-spent")).toBe(true);
  expect(sampler.isDue("key_b", "key.too-fast")).toBe(true);
  now += 9_999;
  expect(due()).toBe(false);
  now += 1;
  expect([due(), due()]).toEqual([true, false]);
});

it("records refusals again at once after the clock was set back", () => {
  let now = 1_000_000;
  const sampler = new RefusalSampler(() => now);
  sampler.isDue("key_a", "key.too-fast");

  now -= 3_600_000;

  expect(sampler.isDue("key_a", "key.too-fast")).toBe(true);
});
