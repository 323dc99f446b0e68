import { describe, expect, it } from "vitest";
import { shownKind, shownModel, shownName } from "./shown-names.ts";

describe("shownName", () => {
  it.each([
    "claude-opus-5-5",
    "claude-opus-4@20250514",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "openai/gpt-5.2",
    "claude-sonnet-5-5[1m]",
  ])("shows %s", (name) => {
    expect(shownName(name)).toBe(name);
  });

  it.each([
    ["an e-mail address", "jane.doe@example.com"],
    ["a key of the provider", "sk-ant-api03-abcdefghijkl"],
    ["a key of CCO", `cco_${"a1B2c3D4e5".repeat(4)}xyz`],
    ["a token that is signed", `eyJ${"hbGciOiJIUzI1NiJ9".repeat(2)}`],
    ["a sentence", "please summarise my letter"],
    ["a long text", "a".repeat(200)],
    ["nothing", ""],
  ])("shows %s as other", (_what, name) => {
    expect(shownName(name)).toBe("other");
  });
});

describe("shownKind", () => {
  it("shows a word and nothing else", () => {
    expect(shownKind("overloaded_error")).toBe("overloaded_error");
    expect(shownKind("key.budget-spent")).toBe("key.budget-spent");
    expect(shownKind("Prompt was: tell me")).toBe("other");
  });
});

it("shows models, and nothing that was pasted in the place of one", () => {
  for (const name of [
    "claude-opus-5-5",
    "claude-sonnet-4-5-20250929",
    "opus",
    "claude-opus-5-5[1m]",
    "us.anthropic.claude-opus-4-1-v1:0",
  ])
    expect(shownModel(name)).toBe(name);
  for (const name of [
    ...["AKIAIOSFODNN7EXAMPLE", "AIzaSyA1234", "glpat-abcdefghij0123456789", "hf_abcdef", "npm_abcdef", "SG.abc.def"],
    ...[
      "password:hunter2",
      "Bearer/abc",
      "eyJhbGciOiJIUzI1NiJ9.SECRET",
      "cco_P3PI",
      "http://a.internal/b",
      "123-45-6789",
    ],
  ])
    expect(shownModel(name), name).toBe("other");
});
