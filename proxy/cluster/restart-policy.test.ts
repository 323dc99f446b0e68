import { describe, expect, it } from "vitest";
import { RestartPolicy } from "./restart-policy.ts";

const MINUTE_MS = 60_000;

describe("the restart of workers", () => {
  it("replaces the first at once and those after it later and later, at most five seconds", () => {
    const policy = new RestartPolicy(2);

    expect([1, 2, 3, 4, 5, 6, 7].map(() => policy.exited(10))).toEqual([0, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  it("gives up after more than five short lives in a row per worker", () => {
    const policy = new RestartPolicy(2);
    const waits = Array.from({ length: 11 }, () => policy.exited(MINUTE_MS));

    expect(waits.indexOf(null)).toBe(10);
  });

  it("begins again after a worker that lived for more than a minute", () => {
    const policy = new RestartPolicy(1);
    for (let exits = 0; exits < 5; exits += 1) policy.exited(10);

    expect(policy.exited(MINUTE_MS + 1)).toBe(0);
    expect(policy.exited(10)).toBe(500);
  });
});
