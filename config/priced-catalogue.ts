import type { Catalogue } from "#core/costs/catalogue.ts";
import { applyOwnPrices } from "#core/costs/own-prices.ts";
import { formatPriceProblem, parsePricesToml } from "./prices-toml.ts";

/** A text of own prices under its number. */
export interface PricesText {
  number: number;
  toml: string;
}

/**
 * Builds the catalogue that requests are priced with: the list, with own prices over it. Throws an Error that names line
 * and field where the text has a mistake; prices that were saved have none.
 */
export function buildPricedCatalogue(list: Catalogue, own: PricesText | null): Catalogue {
  if (own === null) return list;
  const parsed = parsePricesToml(own.toml);
  if (parsed.ok) return applyOwnPrices(list, { number: own.number, prices: parsed.prices });
  const [first] = parsed.problems;
  throw new Error(first ? formatPriceProblem(`prices v${own.number}`, first) : `Prices v${own.number} are not valid.`);
}
