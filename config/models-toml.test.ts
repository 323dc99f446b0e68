import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { modelKey } from "#core/costs/model-key.ts";
import { ConfigError, loadCatalogue, parseModelsToml } from "./models-toml.ts";

const shipped = readFileSync(path.join(import.meta.dirname, "models.toml"), "utf8");

/** Parses the shipped file with one slip in it; returns the message and the line the slip is on. */
function withSlip(right: string, wrong: string): { message: string; line: number | null; slipLine: number } {
  const at = shipped.indexOf(right);
  expect(at).toBeGreaterThan(-1);
  try {
    parseModelsToml(shipped.replace(right, wrong), "models.toml");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { message: error.message, line: error.line, slipLine: shipped.slice(0, at).split("\n").length };
  }
  throw new Error("the slip was accepted");
}

describe("the shipped catalogue", () => {
  const catalogue = loadCatalogue();

  it("lists all models, and a reason or a price for each", () => {
    expect(catalogue.models).toHaveLength(27);
    expect(catalogue.models.filter((model) => model.prices.length === 0).map((model) => model.id)).toEqual([
      "claude-mythos-preview",
      "claude-3-opus-20240229",
      "claude-3-haiku-20240307",
    ]);
    for (const model of catalogue.models) expect(model.fastMode === null).toBe(model.fastModeUnsupported !== null);
  });

  it("keeps the day a price changed", () => {
    const sonnet = catalogue.models.find((model) => model.id === "claude-sonnet-5-5");

    expect(sonnet?.prices.map((period) => [period.effectiveFrom, period.cacheRead])).toEqual([
      ["2026-09-28", 200n],
      ["2026-10-07", 100n],
    ]);
  });

  it("lists cache writes at the published multiples of input", () => {
    const { write5mMilli, write1hMilli } = catalogue.cacheMultipliers;
    for (const prices of catalogue.models.flatMap((model) => [
      ...model.prices,
      ...model.prices.flatMap((period) => period.tiers),
    ])) {
      expect(prices.cacheWrite5m * 1000n).toBe(prices.input * BigInt(write5mMilli));
      expect(prices.cacheWrite1h * 1000n).toBe(prices.input * BigInt(write1hMilli));
      expect(prices.output).toBe(prices.input * 5n);
    }
  });

  it("never has a dot in an id", () => {
    expect(catalogue.models.map((model) => model.id).filter((id) => id.includes("."))).toEqual([]);
    expect(new Set(catalogue.models.map((model) => modelKey(model.id))).size).toBe(27);
  });

  it("knows what it knows exactly", () => {
    expect(catalogue).toMatchObject({
      priceVersion: "2026-11-22",
      webSearchNanoUsd: 10_000_000n,
      tokenizerRatioMilli: 1300,
      batchMilli: 500,
    });
    expect(catalogue.codeExecution).toEqual({ nanoUsdPerHour: 50_000_000n, freeHours: 1550, freeWithWebTools: true });
    expect(catalogue.clientAliases[0]?.aliases.opus).toBe("claude-opus-5-5");
    expect(catalogue.versionRules).toEqual([
      { anthropicVersionFrom: "2026-10-21", rejects: ["temperature", "top_p", "top_k"] },
    ]);
  });

  it("leaves what is unknown null", () => {
    const haiku = catalogue.models.find((model) => model.id === "claude-haiku-5-5");

    expect(haiku?.capabilities).toMatchObject({
      sampling: { mode: "fixed_values", temperature: "1", topP: "0.99", topK: null },
      fallbacks: false,
      zeroDataRetention: null,
      thinkingDisabledMaxEffort: "high",
    });
    expect(catalogue.models.find((model) => model.id === "claude-mythos-preview")?.capabilities).toBeNull();
  });
});

describe("a slip in the catalogue is named with its line", () => {
  it.each([
    [
      "a price too fine",
      'input = "0.10", output = "0.50"',
      'input = "0.1000", output = "0.50"',
      "claude-haiku-5-5: prices[1].input must be dollars",
    ],
    [
      "a price as a number",
      'from = "2026-09-28", input = "2"',
      'from = "2026-09-28", input = 2',
      "claude-sonnet-5-5: prices[1].input must be dollars in quotes",
    ],
    [
      "a tier price",
      'input = "0.50", output = "2.50"',
      'input = "-1", output = "2.50"',
      "claude-haiku-5-5: prices[1].tiers[1].input",
    ],
    [
      "a misspelt key",
      'batch = "0.5"',
      'batsh = "0.5"',
      "multipliers.batsh is not a key of this file. Check the spelling.",
    ],
    [
      "a capability",
      'thinking = ["adaptive", "between_tools"]',
      'thinking = "adaptive"',
      "claude-sonnet-5-5: capabilities.thinking must be a list",
    ],
    [
      "a wrong day",
      'from = "2026-10-07", input = "2"',
      'from = "7 October", input = "2"',
      "prices[2].from must be a day in quotes",
    ],
    [
      "periods out of order",
      'from = "2026-10-07", input = "2"',
      'from = "2026-09-01", input = "2"',
      "The price periods of claude-sonnet-5-5 are not in order.",
    ],
    [
      "an alias to nowhere",
      'haiku = "claude-haiku-5-5"',
      'haiku = "claude-haiku-9"',
      'names "claude-haiku-9", which is not listed',
    ],
    ["broken TOML", "[server_tools]", "[server_tools", "Invalid TOML"],
  ])("%s", (_name, right, wrong, expected) => {
    const slip = withSlip(right, wrong);

    expect(slip.message).toContain(expected);
    expect(slip.message).toMatch(/^models\.toml:\d+: /);
    expect(slip.line).toBe(slip.slipLine);
  });

  it("names a missing key at the table it is missing from", () => {
    const slip = withSlip('display_name = "Claude Sonnet 5.5"\n', "");

    expect(slip.message).toContain("claude-sonnet-5-5: display_name is missing.");
    expect(Math.abs((slip.line ?? 0) - slip.slipLine)).toBeLessThan(4);
  });

  it("refuses two models with one spelling", () => {
    expect(withSlip('id = "claude-opus-5-5"', 'id = "claude-opus-5.0"').message).toContain(
      "means claude-opus-5.0 already",
    );
    expect(withSlip('id = "claude-mythos-5-1"', 'id = "claude-mythos-5-2"').message).toContain("is listed twice");
  });

  it("refuses fast mode with both a price and a refusal", () => {
    const slip = withSlip(
      'fast_mode_unsupported = "rejected"',
      'fast_mode_unsupported = "rejected"\nfast_mode = { input = "1", output = "5", cache_write_5m = "1.25", cache_write_1h = "2", cache_read = "0.1", beta_header_required = true }',
    );

    expect(slip.message).toContain("claude-opus-4-7 has fast mode prices and says");
  });

  it("refuses a device in place of the catalogue file without reading it", () => {
    expect(() => loadCatalogue("/dev/null")).toThrow(
      "/dev/null: The model catalogue cannot be read (it is a device, not a file).",
    );
  });

  it("names a catalogue file that does not exist", () => {
    expect(() => loadCatalogue("/nowhere/models.toml")).toThrow(
      /^\/nowhere\/models\.toml: The model catalogue cannot be read/,
    );
  });
});
