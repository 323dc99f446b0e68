import type { TokenPrices } from "#core/costs/catalogue.ts";

/** Prices of the token classes as a file writes them: dollars per million tokens. */
type TokenPricesTable = Record<"input" | "output" | "cache_write_5m" | "cache_write_1h" | "cache_read", string>;

/** Converts the prices of a table: dollars per million tokens times 1,000 are nano-dollars per token. */
export const toTokenPrices = (table: TokenPricesTable): TokenPrices => ({
  input: parseThousandths(table.input),
  output: parseThousandths(table.output),
  cacheWrite5m: parseThousandths(table.cache_write_5m),
  cacheWrite1h: parseThousandths(table.cache_write_1h),
  cacheRead: parseThousandths(table.cache_read),
});

/** Parses "-0.125" as -125n, exactly. The text is a decimal of three places at most, as the schemas demand. */
export function parseThousandths(text: string): bigint {
  const isNegative = text.startsWith("-");
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
  const amount = BigInt(whole) * 1000n + BigInt(fraction.padEnd(3, "0"));
  return isNegative ? -amount : amount;
}
