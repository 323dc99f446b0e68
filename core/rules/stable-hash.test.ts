import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyCharacter } from "#tests/support/any-character.ts";
import { stableHash, toRuleId, toShareBucket } from "./stable-hash.ts";

const sessions = Array.from(
  { length: 10_000 },
  (_, i) => `5f0c6a52-0000-4000-8000-${String(i * 7919).padStart(12, "0")}`,
);

describe("the place of a session in a share", () => {
  it.each([1, 10, 25, 50, 90])(
    "spreads 10,000 sessions so that a share of %i takes that part of them",
    (percentage) => {
      const inside = sessions.filter((session) => toShareBucket("rul_pilot", session) < percentage * 100).length;

      const expected = percentage * 100;
      const deviation = Math.sqrt((10_000 * percentage * (100 - percentage)) / 10_000);
      expect(Math.abs(inside - expected)).toBeLessThan(4 * deviation);
    },
  );

  it("draws independently for two rules", () => {
    const both = sessions.filter((s) => toShareBucket("rul_a", s) < 5_000 && toShareBucket("rul_b", s) < 5_000).length;

    expect(Math.abs(both - 2_500)).toBeLessThan(180);
  });

  it("never changes between machines and versions", () => {
    expect(toShareBucket("rul_pilot", "session-1")).toBe(8708);
    expect(toRuleId("claude-opus-5-5 to claude-haiku-5-5")).toBe("rul_n40n7gghaa2j");
    expect(stableHash("")).toEqual([451841411, 1217125560]);
  });

  it("hashes every text to a whole number from 0 to 9,999", () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.string({ unit: anyCharacter }), (rule, session) => {
        const place = toShareBucket(rule, session);
        expect(Number.isInteger(place) && place >= 0 && place < 10_000).toBe(true);
        expect(place).toBe(toShareBucket(rule, session));
      }),
    );
  });

  it("agrees with the whole 64-bit number modulo 10,000", () => {
    fc.assert(
      fc.property(fc.string(), (session) => {
        const [high, low] = stableHash(`r\u0000${session}`);
        expect(toShareBucket("r", session)).toBe(Number(((BigInt(high) << 32n) | BigInt(low)) % 10_000n));
      }),
    );
  });
});

describe("a rule id", () => {
  it("differs between 50,000 meanings", () => {
    const ids = new Set(Array.from({ length: 50_000 }, (_, i) => toRuleId(`claude-opus-${i} to claude-haiku-5-5`)));

    expect(ids.size).toBe(50_000);
  });
});
