import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { buildPricedCatalogue } from "#config/priced-catalogue.ts";
import { estimateCost } from "./estimate-cost.ts";
import { findModel } from "./model-key.ts";
import { readOwnVersion } from "./own-prices.ts";
import { priceRequest } from "./price-request.ts";
import { listPriceChanges, listPriceSpans } from "./price-timeline.ts";
import { emptyUsage, type Usage } from "./usage.ts";

const list = loadCatalogue();
const book = (toml: string) => buildPricedCatalogue(list, { number: 3, toml });
const at = (day: string) => Date.parse(`${day}T09:30:00Z`);

const usage: Usage = {
  ...emptyUsage(),
  inputTokens: 11,
  cacheWrite5mTokens: 600,
  cacheWrite1hTokens: 400,
  cacheReadTokens: 2_000,
  outputTokens: 25,
  webSearches: 2,
};

function price(toml: string, day: string, more: { model?: string; speed?: string; usage?: Usage } = {}) {
  const { model = "claude-opus-5-5", speed = null, ...rest } = more;
  const context = { serviceTier: null, speed, inferenceGeo: null };
  return priceRequest({ requested: model, served: model, usage, ...rest, context, atMs: at(day) }, book(toml));
}

const OWN = `
[[price]]
model = "claude-opus-5-5"
from = "2026-12-01"
until = "2027-01-01"
input = "3"
output = "15"
cache_write_5m = "3.75"
cache_write_1h = "6"
cache_read = "0.15"
`;

describe("own prices over the list", () => {
  it("hold from their first day until the day before `until`, and the list holds on all others", () => {
    // By hand: 11*4000 + 600*5000 + 400*8000 + 2000*200 + 25*20000 + 2 searches at $0.01.
    const listed = 44_000n + 3_000_000n + 3_200_000n + 400_000n + 500_000n + 20_000_000n;
    // 11*3000 + 600*3750 + 400*6000 + 2000*150 + 25*15000 + the same searches.
    const own = 33_000n + 2_250_000n + 2_400_000n + 300_000n + 375_000n + 20_000_000n;

    expect(price(OWN, "2026-11-30").cost).toBe(listed);
    expect(price(OWN, "2026-12-01").cost).toBe(own);
    expect(price(OWN, "2026-12-31").cost).toBe(own);
    expect(price(OWN, "2027-01-01").cost).toBe(listed);
  });

  it("give every request their version, which names the list too", () => {
    expect(price(OWN, "2026-12-01").priceVersion).toBe(`${list.priceVersion}+own.3`);
    expect(readOwnVersion(`${list.priceVersion}+own.3`, list.priceVersion)).toBe(3);
    expect(readOwnVersion(list.priceVersion, list.priceVersion)).toBeNull();
    expect(readOwnVersion("2025-01-01+own.3", list.priceVersion)).toBeNull();
    expect(readOwnVersion(`${list.priceVersion}+own.3x`, list.priceVersion)).toBeNull();
  });

  it("take a discount and a multiplier off each token class, rounded once, and only the multiplier off searches", () => {
    const toml = `
      [[discount]]
      model = "claude-opus-5-5"
      from = "2026-12-01"
      percent = "7.125"
      [[multiplier]]
      from = "2026-12-01"
      factor = "0.333"
    `;

    const priced = price(toml, "2026-12-01");

    // 0.92875 * 0.333 = 0.30927375, by hand: 44,000 -> 13,608.045; 3,000,000 -> 927,821.25; 3,200,000 -> 989,676.
    expect(priced.costs).toEqual({
      inputNanoUsd: 13_608n,
      cacheWrite5mNanoUsd: 927_821n,
      cacheWrite1hNanoUsd: 989_676n,
      cacheReadNanoUsd: 123_710n, // 123,709.5, half away from zero
      outputNanoUsd: 154_637n, // 154,636.875
      webSearchNanoUsd: 6_660_000n,
    });
    expect(priced.cost).toBe(13_608n + 927_821n + 989_676n + 123_710n + 154_637n + 6_660_000n);
  });

  it("let a later discount end an earlier one that has no last day", () => {
    const toml = `
      [[discount]]
      model = "opus-5-5-has-no-such-alias"
      from = "2026-01-01"
      percent = "90"
      [[discount]]
      model = "CLAUDE-OPUS-5-5"
      from = "2026-12-01"
      percent = "50"
      [[discount]]
      model = "claude-opus-5-5"
      from = "2026-12-10"
      percent = "0"
    `;
    const input = { usage: { ...emptyUsage(), inputTokens: 10 } };

    expect(price(toml, "2026-12-09", input).cost).toBe(20_000n);
    expect(price(toml, "2026-12-10", input).cost).toBe(40_000n);
  });

  it("price a model that the list does not have, and leave days before its price unpriced", () => {
    const toml = OWN.replace("claude-opus-5-5", "house-model-7");

    expect(price(toml, "2026-12-01", { model: "house-model-7" }).cost).toBe(
      33_000n + 2_250_000n + 2_400_000n + 300_000n + 375_000n + 20_000_000n,
    );
    expect(price(toml, "2026-11-30", { model: "house-model-7" }).cost).toBeNull();
    expect(price(toml, "2026-12-01", { model: "house-model-7", speed: "fast" }).cost).toBeNull();
  });

  it("keep the list's fast price where they only have an ordinary one", () => {
    const input = { usage: { ...emptyUsage(), inputTokens: 10 }, speed: "fast" };
    const fast = OWN.replace("until", 'speed = "fast"\nuntil');

    expect(price(OWN, "2026-12-01", input).cost).toBe(80_000n);
    expect(price(fast, "2026-12-01", input).cost).toBe(30_000n);
    expect(price(fast, "2026-12-01", { ...input, speed: undefined }).cost).toBe(40_000n);
  });

  it("count in the estimate of a request, which holds budgets", () => {
    const size = { served: "claude-opus-5-5", bodyBytes: 40, namesFiles: false, outputTokens: 0, speed: null };
    const half = `[[multiplier]]\nfrom = "2026-12-01"\nfactor = "0.5"`;

    expect(estimateCost({ ...size, atMs: at("2026-12-01") }, book(half))).toBe(20_000);
    expect(estimateCost({ ...size, atMs: at("2026-11-30") }, book(half))).toBe(40_000);
  });

  it("change nothing of what rules find, and nothing at all where there are none", () => {
    expect(buildPricedCatalogue(list, null)).toBe(list);
    expect(findModel(book(OWN), "claude-opus-5-5")?.capabilities).toBe(
      findModel(list, "claude-opus-5-5")?.capabilities,
    );
  });

  it("never change what is priced on a day on which none is in force", () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), fc.constantFrom(...list.models.map(({ id }) => id)), (tokens, model) => {
        const more = { model, usage: { ...usage, inputTokens: tokens } };
        const context = { serviceTier: null, speed: null, inferenceGeo: null };
        const input = { requested: model, served: model, usage: more.usage, context, atMs: at("2026-11-30") };
        expect(price(OWN, "2026-11-30", more).cost).toBe(priceRequest(input, list).cost);
      }),
    );
  });
});

describe("spans and changes of prices", () => {
  it("name every day on which the price of a model changes, and where it comes from", () => {
    const catalogue = book(OWN);
    const model = findModel(catalogue, "claude-opus-5-5");
    const spans = model && listPriceSpans(model, "standard", catalogue);

    expect(spans?.map(({ from, source, paid }) => [from, source, paid?.input])).toEqual([
      [null, "list", 4_000_000_000n],
      ["2026-12-01", "own", 3_000_000_000n],
      ["2027-01-01", "list", 4_000_000_000n],
    ]);
  });

  it("list what differs between two books, by model and days, and nothing else", () => {
    const changes = listPriceChanges(list, book(OWN));

    expect(changes.map(({ model, speed, from, until }) => [model, speed, from, until])).toEqual([
      ["claude-opus-5-5", "standard", "2026-12-01", "2027-01-01"],
    ]);
    expect(changes[0]?.before.paid?.output).toBe(20_000_000_000n);
    expect(changes[0]?.after.paid?.output).toBe(15_000_000_000n);
    expect(listPriceChanges(book(OWN), book(OWN))).toEqual([]);
    expect(listPriceChanges(book(OWN), list)[0]?.after.paid?.output).toBe(20_000_000_000n);
  });
});
