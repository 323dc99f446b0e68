import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { anyCharacter } from "#tests/support/any-character.ts";
import { catalogueKey, findModel, findTier, modelKey, shortModel } from "./model-key.ts";

const catalogue = loadCatalogue();
const ids = catalogue.models.map((model) => model.id);

describe("model ids", () => {
  it.each([
    ["claude-sonnet-4.5-20250929", "claude-sonnet-4-5-20250929"],
    ["claude-sonnet-4", "claude-sonnet-4-20250514"],
    ["claude-sonnet-4-0", "claude-sonnet-4-20250514"],
    ["claude-sonnet-3.5", "claude-3-5-sonnet-20241022"],
    ["claude-3-5-sonnet-20240620", "claude-3-5-sonnet-20241022"],
    ["claude-3.5-sonnet-latest", "claude-3-5-sonnet-20241022"],
    ["claude-haiku-4.5", "claude-haiku-4-5-20251001"],
    ["claude-opus-4.1", "claude-opus-4-1-20250805"],
    [" claude-opus-4-6[1m] ", "claude-opus-4-6"],
    ["anthropic/claude-opus-4.5", "claude-opus-4-5-20251101"],
    ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929"],
    ["global.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5-20251001"],
    ["anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet-20241022"],
    ["claude-opus-4-5@20251101", "claude-opus-4-5-20251101"],
    ["claude-opus-5-5-20260922", "claude-opus-5-5"],
  ])("%j means %s", (spelling, id) => {
    expect(catalogueKey(catalogue, spelling)).toBe(id);
    expect(findModel(catalogue, spelling)?.id).toBe(id);
  });

  it("compares model ids whole, never by prefix", () => {
    expect(catalogueKey(catalogue, "claude-opus-5")).not.toBe(catalogueKey(catalogue, "claude-opus-5-5"));
    expect(findModel(catalogue, "claude-opus")).toBeNull();
    expect(findModel(catalogue, "claude-opus-5-5-turbo")).toBeNull();
    expect(findModel(catalogue, "")).toBeNull();
  });

  it("folds letter case of a model id for prices and keeps it for rules", () => {
    expect(findModel(catalogue, "Claude-Opus-5.5")?.id).toBe("claude-opus-5-5");
    expect(catalogueKey(catalogue, "Claude-Opus-5.5")).toBeNull();
  });

  it("treats ids outside the catalogue as equal when their normalised forms are", () => {
    expect(modelKey("acme-7.5-20260101")).toBe(modelKey("acme-7-5"));
  });

  it("finds every model of the catalogue under every decoration", () => {
    const wrap = fc.constantFrom<(id: string) => string>(
      (id) => id,
      (id) => `anthropic/${id}`,
      (id) => `eu.anthropic.${id}-v1:0`,
      (id) => `${id}[1m]`,
      (id) => ` ${id.toUpperCase()}\t`,
      (id) => id.replace(/(\d)-(\d)(?!\d)/, "$1.$2"),
    );
    fc.assert(
      fc.property(fc.constantFrom(...ids), wrap, (id, decorate) => {
        const lower = decorate(id).toLowerCase();

        expect(findModel(catalogue, lower)?.id).toBe(id);
      }),
    );
  });

  it("builds a key for any text, without failing", () => {
    fc.assert(fc.property(fc.string({ unit: anyCharacter }), (text) => typeof modelKey(text) === "string"));
  });
});

describe("what screens show of a model", () => {
  it("shortens the id of a model for screens", () => {
    expect(
      ["claude-sonnet-5-5", "claude-haiku-4-5-20251001", "claude-sonnet-4.5", "gpt-4o", "claude-"].map(shortModel),
    ).toEqual(["sonnet-5-5", "haiku-4-5", "sonnet-4-5", "gpt-4o", "claude-"]);
  });

  it("ranks models by price: Opus, Sonnet, Haiku", () => {
    const rank = (id: string) => findTier(catalogue, id);

    expect(["claude-opus-5-5", "claude-fable-5-2", "claude-opus-4-1"].map(rank)).toEqual([1, 1, 1]);
    expect(["claude-sonnet-5-5", "claude-sonnet-4-5", "claude-3-7-sonnet"].map(rank)).toEqual([2, 2, 2]);
    expect(["claude-haiku-5-5", "claude-haiku-4-5", "claude-3-5-haiku"].map(rank)).toEqual([3, 3, 3]);
    expect(["gpt-4o", "claude-mythos-preview"].map(rank)).toEqual([null, null]);
  });
});
