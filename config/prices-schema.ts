import { absentAs, expectWord, list, optional, type Shape, type TypeOf, table, text, value } from "./shape.ts";

/** Schema of `prices.toml`. Bounds of amounts are checked afterwards, with sentences that say what is wrong with them. */
const model = text("must be the name of a model in quotes.", /^(?=.*\S).{1,256}$/);
const day = text('must be a day in quotes: "2026-12-01".', /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/);
/** A minus passes here: "negative" is a better message than "not a number". */
const amount = text('must be a number in quotes, with three decimals at most: "0.125".', /^-?\d{1,9}(?:\.\d{1,3})?$/);
const count = value(
  (found): found is number => Number.isSafeInteger(found) && (found as number) > 0,
  "must be a whole number above zero.",
);

const tables = <T>(shape: Shape<T>): Shape<T[]> =>
  absentAs<T[], T[]>(list(shape, "must be a list of tables."), () => []);

const tokenPrices = {
  input: amount,
  output: amount,
  cache_write_5m: amount,
  cache_write_1h: amount,
  cache_read: amount,
};
const days = { from: day, until: optional(day) };

const price = table({
  model,
  ...days,
  speed: optional(expectWord(["standard", "fast"], 'must be "standard" or "fast".')),
  ...tokenPrices,
  tiers: tables(table({ prompt_tokens_over: count, ...tokenPrices })),
});

export const pricesFile = table({
  price: tables(price),
  discount: tables(table({ model, ...days, percent: amount })),
  multiplier: tables(table({ ...days, factor: amount })),
});

export const TOKEN_CLASSES = ["input", "output", "cache_write_5m", "cache_write_1h", "cache_read"] as const;

export type PricesFile = TypeOf<typeof pricesFile>;
export type PriceTable = PricesFile["price"][number];
export type TokenTable = Pick<PriceTable, (typeof TOKEN_CLASSES)[number]>;
