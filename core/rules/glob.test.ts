import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { globPrefix, matchesGlob } from "./glob.ts";

describe("a pattern", () => {
  it.each([
    ["*", "", true],
    ["*", "claude-opus-5-5", true],
    ["claude-opus-*", "claude-opus-5-5", true],
    ["claude-opus-*", "claude-opus", false],
    ["claude-*-5", "claude-opus-5-5", true],
    ["claude-opus-?", "claude-opus-5", true],
    ["claude-opus-?", "claude-opus-5-5", false],
    ["*haiku*", "claude-3-haiku-20240307", true],
    ["Claude-*", "claude-opus-5", false],
    ["claude-opus-5", "claude-opus-5-5", false],
    ["a.c", "abc", false],
    ["[1m]*", "[1m]x", true],
    ["**a**", "bab", true],
  ])("%s against %s: %s", (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  it("agrees with a regular expression of the same meaning", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "-"), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "-", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (glob, subject) => {
        const expression = new RegExp(`^${glob.replaceAll("*", "[^]*").replaceAll("?", "[^]")}$`);
        expect(matchesGlob(glob, subject)).toBe(expression.test(subject));
      }),
      { numRuns: 2_000 },
    );
  });

  it("T16: built to be slow ends all the same", () => {
    const pattern = `${"*a".repeat(99)}b`;

    expect(matchesGlob(pattern, "a".repeat(200))).toBe(false);
    expect(matchesGlob(pattern, "a".repeat(100_000))).toBe(false);
  });

  it("takes the text before the first wildcard as prefix", () => {
    expect([globPrefix("claude-*"), globPrefix("?x"), globPrefix("plain")]).toEqual(["claude-", "", "plain"]);
  });
});
