import { describe, expect, it } from "vitest";
import { setOverridesEnabled } from "./set-overrides-enabled.ts";

describe("setOverridesEnabled", () => {
  it("changes one word and keeps every comment", () => {
    const toml = `# ours\n[overrides]   # the switch\nenabled = true  # on\nrules = [\n  ["a", "b"],\n]\n[cache]\nenabled = true\n`;

    expect(setOverridesEnabled(toml, false)).toBe(toml.replace("enabled = true  # on", "enabled = false  # on"));
  });

  it("does not mistake another table's key, an array entry or a string for the switch", () => {
    const toml = `[cache]\nenabled = true\n[overrides]\nrules = [\n ["enabled = true"],\n ["overrides"]\n]\nnote = """\nenabled = true\n"""\nenabled = true\n`;

    const paused = setOverridesEnabled(toml, false);

    expect(paused.endsWith(`"""\nenabled = false\n`)).toBe(true);
    expect(paused.slice(0, -16)).toBe(toml.slice(0, -15));
  });

  it("adds the key to a table that lacks it", () => {
    expect(setOverridesEnabled("[overrides]\nrules = []\n", false)).toBe("[overrides]\nenabled = false\nrules = []\n");
  });

  it("adds the table to a text that lacks it", () => {
    expect(setOverridesEnabled("", false)).toBe("[overrides]\nenabled = false\n");
    expect(setOverridesEnabled("[cache]\nenabled = true", false)).toBe(
      "[cache]\nenabled = true\n\n[overrides]\nenabled = false\n",
    );
  });

  it("finds the switch written as a dotted key or in an inline table", () => {
    expect(setOverridesEnabled("overrides.enabled = true\n", false)).toBe("overrides.enabled = false\n");
    expect(setOverridesEnabled("overrides = { enabled = true, rules = [] }", false)).toBe(
      "overrides = { enabled = false, rules = [] }",
    );
    expect(setOverridesEnabled("overrides = { rules = [] }", false)).toBe(
      "overrides = { enabled = false, rules = [] }",
    );
  });

  it("undoes itself", () => {
    const toml = `[overrides]\nenabled=true\nrules=[["a","b"]]\n`;

    expect(setOverridesEnabled(setOverridesEnabled(toml, false), true)).toBe(toml);
  });
});
