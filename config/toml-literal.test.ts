import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyCharacter } from "#tests/support/any-character.ts";
import { readRuleSet } from "#tests/support/rule-builders.ts";
import { formatTomlLiteral } from "./toml-literal.ts";

describe("a value written as TOML", () => {
  it("reads back as itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (note) => {
        const text = `[[rule]]\nfrom = "a"\nto = "claude-haiku-5-5"\nnote = ${formatTomlLiteral(note)}`;
        expect(readRuleSet(text).rules[0]?.note).toBe(note);
      }),
    );
  });
});
