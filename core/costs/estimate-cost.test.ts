import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { estimateCost } from "./estimate-cost.ts";

const catalogue = loadCatalogue();
const atMs = Date.UTC(2026, 10, 25);
const dollars = (size: Partial<Parameters<typeof estimateCost>[0]>) => {
  const known = {
    served: "claude-opus-5-5",
    bodyBytes: 0,
    outputTokens: 0,
    speed: null,
    namesFiles: false,
    atMs,
    ...size,
  };
  const nanoUsd = estimateCost(known, catalogue);
  return nanoUsd === null ? null : nanoUsd / 1e9;
};

describe("an estimate by size", () => {
  it("is a token for four bytes, at the input price of the model and of its tier", () => {
    expect(dollars({ bodyBytes: 4_000_000 })).toBe(4);
    expect(dollars({ bodyBytes: 150_000 })).toBe(0.15);
    expect(dollars({ bodyBytes: 400_000, served: "claude-haiku-5-5" })).toBe(0.01);
    expect(dollars({ bodyBytes: 800_000, served: "claude-haiku-5-5" })).toBe(0.1);
  });

  it("is never more than fits into the model: a body of pictures has few tokens for its bytes", () => {
    expect(dollars({ bodyBytes: 32_000_000 })).toBe(4);
    expect(dollars({ outputTokens: 1_000_000_000 })).toBe(0.128 * 20);
  });

  it("is what fits into the model where files are named, whose size the body does not say", () => {
    expect(dollars({ bodyBytes: 250, namesFiles: true })).toBe(4);
    expect(dollars({ bodyBytes: 250, namesFiles: true, served: "unknown" })).toBeNull();
  });

  it("takes the price of fast mode where it is asked for, and none where none is known", () => {
    expect(dollars({ bodyBytes: 4_000_000, speed: "fast" })).toBe(8);
    expect(dollars({ bodyBytes: 4_000_000, served: "unknown" })).toBeNull();
  });
});
