import { parse } from "smol-toml";
import { pricesFile } from "./prices-schema.ts";
import { parsePricesToml } from "./prices-toml.ts";
import { lineOfPath } from "./toml-line.ts";

/** One table of a text of prices. Amounts are as the text has them. */
export interface PriceTableView {
  kind: "price" | "discount" | "multiplier";
  /** 1-based line of its header. */
  line: number;
  /** Null for a multiplier, which holds for all. */
  model: string | null;
  speed: "standard" | "fast";
  from: string;
  /** First day without it; null: until the next one of its kind. */
  until: string | null;
  /** Percent of a discount, or the factor of a multiplier; null for a price. */
  amount: string | null;
}

/** Lists the tables of a text without a mistake, each with its line; nothing for any other. */
export function findPriceTables(text: string): PriceTableView[] {
  if (!parsePricesToml(text).ok) return [];
  const file = pricesFile.read(parse(text), [], []);
  const days = (term: { from: string; until?: string | undefined }) => ({
    from: term.from,
    until: term.until ?? null,
  });
  return [
    ...file.price.map((price, index) => ({
      kind: "price" as const,
      line: lineOfPath(text, ["price", index]),
      model: price.model,
      speed: price.speed ?? ("standard" as const),
      ...days(price),
      amount: null,
    })),
    ...file.discount.map((discount, index) => ({
      kind: "discount" as const,
      line: lineOfPath(text, ["discount", index]),
      model: discount.model,
      speed: "standard" as const,
      ...days(discount),
      amount: discount.percent,
    })),
    ...file.multiplier.map((multiplier, index) => ({
      kind: "multiplier" as const,
      line: lineOfPath(text, ["multiplier", index]),
      model: null,
      speed: "standard" as const,
      ...days(multiplier),
      amount: multiplier.factor,
    })),
  ];
}
