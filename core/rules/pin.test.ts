import { describe, expect, it } from "vitest";
import { isOutdated, type KeptPin, PIN_IDLE_MS, standingPin } from "./pin.ts";

const pin = (change: Partial<KeptPin> = {}): KeptPin => ({
  key: "k",
  target: "claude-haiku-5-5",
  releasedFrom: null,
  reason: "rule",
  ruleId: "r1",
  version: 3,
  fallback: "on-refusal",
  askedKey: "claude-opus-5-5",
  usedAtMs: 1_000,
  ...change,
});
const own = (change: Partial<KeptPin> = {}) => pin({ target: null, reason: "outside-share", ...change });
const released = (change: Partial<KeptPin> = {}) =>
  pin({ target: null, releasedFrom: "claude-haiku-5-5", reason: "hazard:E23", ...change });

describe("of two decisions about one session", () => {
  it("keeps the first of two decisions, from any process that reports the second, and dates it by the later use", () => {
    expect(standingPin(pin(), own({ version: 4, usedAtMs: 5_000 }), 0)).toEqual(pin({ usedAtMs: 5_000 }));
    expect(standingPin(own(), pin({ version: 4, usedAtMs: 500 }), 3)).toEqual(own());
  });

  it("keeps a release against the override, in either order", () => {
    expect(standingPin(pin(), released(), 0)).toEqual(released());
    expect(standingPin(released(), pin({ version: 4 }), 0)).toEqual(released());
  });

  it("drops decisions made before 'apply now', also a release that arrives late", () => {
    expect(standingPin(pin(), pin({ version: 5, target: "claude-sonnet-5-5" }), 5).target).toBe("claude-sonnet-5-5");
    expect(standingPin(released(), pin({ version: 5 }), 5).target).toBe("claude-haiku-5-5");
    expect(standingPin(pin({ version: 5 }), released({ version: 4 }), 5).target).toBe("claude-haiku-5-5");
  });

  it("forgets a decision that was not used for a day", () => {
    expect(standingPin(pin(), own({ version: 9, usedAtMs: 1_001 + PIN_IDLE_MS }), 0).target).toBeNull();
  });

  it("takes over the number of the rules when it was not known yet", () => {
    expect(standingPin(pin({ version: null }), pin({ version: 7 }), 0).version).toBe(7);
    expect(isOutdated(pin({ version: null }), 1)).toBe(true);
    expect(isOutdated(pin({ version: null }), 0)).toBe(false);
  });
});
