import { expect, it } from "vitest";
import { growthPercent } from "./heap-room.ts";

const MB = 1024 * 1024;

it("gives a small heap about 56 MB of room, a growing one no multiple of itself, and leaves a large one to V8", () => {
  for (let live = 20; live <= 96; live++) {
    const room = (live * growthPercent(live * MB)) / 100;
    expect(room, `${live} MB`).toBeGreaterThan(35);
    expect(room, `${live} MB`).toBeLessThan(80);
  }
  expect(growthPercent(5 * MB)).toBe(400);
  expect(growthPercent(97 * MB)).toBe(0);
});
