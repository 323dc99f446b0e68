import { beforeEach, describe, expect, it } from "vitest";
import { AppError } from "#core/errors.ts";
import { BREAKER_DEFAULTS, Breaker } from "./breaker.ts";

let now = 1_000;
let breaker: Breaker;
beforeEach(() => {
  breaker = new Breaker({ ...BREAKER_DEFAULTS, now: () => now });
});

/** The value of Retry-After for a refused caller, in seconds; null when the request may proceed. */
function refusal(): number | null {
  try {
    breaker.guard();
    return null;
  } catch (problem) {
    if (!(problem instanceof AppError)) throw problem;
    return Number(problem.details.retryAfterSeconds);
  }
}
const fail = (times: number) => {
  for (let i = 0; i < times; i++) breaker.failed();
};

describe("the breaker", () => {
  it("opens after five failed connections within ten seconds, and reports when it probes", () => {
    fail(4);
    expect(refusal()).toBeNull();
    fail(1);
    expect([breaker.isOpen, breaker.opened, refusal()]).toEqual([true, 1, 5]);
    now += 3_200;
    expect(refusal()).toBe(2);
  });

  it("stays closed when failures are spread out, or a connection succeeds in between", () => {
    for (let i = 0; i < 20; i++) {
      fail(1);
      now += 2_501;
    }
    fail(3);
    breaker.connected();
    fail(4);

    expect(breaker.isOpen).toBe(false);
  });

  it("lets one probe request through every five seconds, and refuses the others", () => {
    fail(5);
    now += 5_000;

    expect([refusal(), refusal(), refusal()]).toEqual([null, 5, 5]);
    now += 1_000;
    breaker.failed();
    expect(refusal()).toBe(5);
    now += 4_999;
    expect(refusal()).toBe(1);
    now += 1;
    expect([refusal(), refusal()]).toEqual([null, 5]);
  });

  it("closes with the first connection made, by any request", () => {
    fail(5);
    now += 5_000;
    breaker.guard();
    breaker.connected();

    expect([breaker.isOpen, refusal(), refusal()]).toEqual([false, null, null]);
    fail(4);
    expect(breaker.isOpen).toBe(false);
  });
});
