import { describe, expect, it } from "vitest";
import { formatPriceProblem, parsePricesToml } from "./prices-toml.ts";

const PRICES = `input = "3"
output = "15"
cache_write_5m = "3.75"
cache_write_1h = "6"
cache_read = "0.3"
`;

function problems(text: string): string[] {
  const parsed = parsePricesToml(text);
  return parsed.ok ? [] : parsed.problems.map((problem) => formatPriceProblem("prices.toml", problem));
}

const price = (head: string, prices = PRICES) => `[[price]]\n${head}\n${prices}`;
const days = (from: string, until?: string) =>
  `model = "m"\nfrom = "${from}"${until === undefined ? "" : `\nuntil = "${until}"`}`;

describe("a price file", () => {
  it("is read to whole nano-dollars per token, percentages and factors exactly", () => {
    const parsed = parsePricesToml(`# what we pay
${price('model = "m"\nfrom = "2026-12-01"')}tiers = [{ prompt_tokens_over = 200000, input = "6", output = "22.5", cache_write_5m = "7.5", cache_write_1h = "12", cache_read = "0.6" }]
[[discount]]
model = "n"
from = "2026-12-01"
until = "2027-01-01"
percent = "12.345"
[[multiplier]]
from = "2026-12-01"
factor = "1.19"
`);

    expect(parsed).toMatchObject({
      ok: true,
      prices: {
        periods: [
          {
            model: "m",
            from: "2026-12-01",
            until: null,
            speed: "standard",
            input: 3000n,
            cacheRead: 300n,
            tiers: [{ promptTokensOver: 200_000, output: 22_500n }],
          },
        ],
        shares: [{ model: "n", from: "2026-12-01", until: "2027-01-01", paid: 87_655n }],
        factors: [{ from: "2026-12-01", until: null, milli: 1190n }],
      },
    });
  });

  it("may be empty or hold comments only: no own prices", () => {
    expect(parsePricesToml("# none")).toMatchObject({ ok: true, prices: { periods: [], shares: [], factors: [] } });
  });

  it.each<[string, string, string]>([
    [
      "a key that is not known",
      price('modle = "m"\nfrom = "2026-12-01"'),
      "prices.toml:2: price[1].modle is not a key",
    ],
    ["no model", price('from = "2026-12-01"'), "price[1].model is missing"],
    ["no first day", price('model = "m"'), "price[1].from is missing"],
    [
      "a number without quotes",
      price(days("2026-12-01"), PRICES.replace('"3"', "3")),
      "prices.toml:4: price[1].input must be a number in quotes",
    ],
    [
      "a negative price",
      price(days("2026-12-01"), PRICES.replace('"15"', '"-15"')),
      "prices.toml:5: price[1].output is negative",
    ],
    [
      "an absurd price",
      price(days("2026-12-01"), PRICES.replace('"15"', '"15000"')),
      "prices.toml:5: price[1].output is too large",
    ],
    [
      "four decimals",
      price(days("2026-12-01"), PRICES.replace('"3"', '"3.0001"')),
      "prices.toml:4: price[1].input must be a number in quotes",
    ],
    ["a day that is none", price(days("2026-02-30")), "prices.toml:3: price[1].from is no day of the calendar"],
    [
      "a last day before the first",
      price(days("2026-12-01", "2026-12-01")),
      "prices.toml:4: price[1].until must be a day after 2026-12-01",
    ],
    [
      "a discount above all",
      `[[discount]]\n${days("2026-12-01")}\npercent = "101"`,
      "prices.toml:4: discount[1].percent is too large",
    ],
    [
      "a negative discount",
      `[[discount]]\n${days("2026-12-01")}\npercent = "-1"`,
      "prices.toml:4: discount[1].percent is negative",
    ],
    [
      "a multiplier of zero",
      `[[multiplier]]\nfrom = "2026-12-01"\nfactor = "0"`,
      "prices.toml:3: multiplier[1].factor is zero",
    ],
    [
      "an absurd multiplier",
      `[[multiplier]]\nfrom = "2026-12-01"\nfactor = "11"`,
      "prices.toml:3: multiplier[1].factor is too large",
    ],
    ["no TOML", "[[price]\n", "prices.toml:1:"],
  ])("is refused by line and field: %s", (_what, text, sentence) => {
    expect(problems(text)[0]).toContain(sentence);
  });

  it("is refused where two prices of one model, in any spelling, hold on one day", () => {
    const second = 'model = "M-20260101"\nfrom = "2026-12-15"';

    expect(problems(price(days("2026-12-01", "2027-01-01")) + price(second))).toEqual([
      "prices.toml:12: price[2].from overlaps with price[1], which holds on 2026-12-15.",
    ]);
    expect(problems(price(days("2026-12-15")) + price(second))).toHaveLength(1);
    // Without a last day, a price ends where the next begins.
    expect(problems(price(days("2026-12-01")) + price(second))).toEqual([]);
    expect(problems(price(days("2026-12-01", "2026-12-15")) + price(second))).toEqual([]);
    // Fast prices stand beside the ordinary ones.
    expect(problems(price(days("2026-12-15")) + price(`${second}\nspeed = "fast"`))).toEqual([]);
  });

  it("names every problem at once, in the order of lines", () => {
    expect(problems(price(days("2026-12-01"), PRICES.replace('"3"', '"-3"').replace('"0.3"', '"-1"')))).toHaveLength(2);
  });
});
