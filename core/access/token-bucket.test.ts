import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { takeOne } from "./token-bucket.ts";

describe("a bucket of requests", () => {
  it("gives a minute's worth at once, then one for each share of a minute, and says when", () => {
    let bucket = -Infinity;
    const take = (nowMs: number) => {
      const took = takeOne(bucket, nowMs, 3);
      bucket = took.fullAtMs;
      return took.waitMs;
    };

    expect([take(0), take(0), take(0)]).toEqual([0, 0, 0]);
    expect(take(0)).toBe(20_000);
    expect(take(15_000)).toBe(5_000);
    expect(take(20_000)).toBe(0);
    expect(take(20_000)).toBe(20_000);
  });

  it("never gives more than its rate and one minute's worth, over any span, and always what it promised", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 9_000 }), { minLength: 20, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), steps, (perMinute, gaps) => {
        let bucket = 0;
        let now = 0;
        const taken: number[] = [];
        for (const gap of gaps) {
          now += gap;
          const first = takeOne(bucket, now, perMinute);
          bucket = first.fullAtMs;
          if (first.waitMs === 0) taken.push(now);
          else expect(takeOne(bucket, now + first.waitMs, perMinute).waitMs).toBe(0);
        }
        for (let i = 0; i < taken.length; i++) {
          for (let j = i; j < taken.length; j++) {
            const minutes = ((taken[j] as number) - (taken[i] as number)) / 60_000;
            expect(j - i + 1).toBeLessThanOrEqual(perMinute * (minutes + 1) + 1e-6);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
