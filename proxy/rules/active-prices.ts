import { buildPricedCatalogue, type PricesText } from "#config/priced-catalogue.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import type { Log } from "../process/log.ts";

/** The prices in force: the list's, with the newest own prices that can be read over it. */
export class ActivePrices {
  private catalogue: Catalogue;
  private text: PricesText | null = null;
  private refused: number | null = null;

  constructor(
    private readonly list: Catalogue,
    private readonly log: Log,
  ) {
    this.catalogue = list;
  }

  /** Priced with by every request that begins from now on. */
  current(): Catalogue {
    return this.catalogue;
  }

  /** The own prices in force as text; null: none. */
  served(): PricesText | null {
    return this.text;
  }

  /**
   * Takes a version, and returns whether the prices changed. What cannot be read never replaces what works. An older
   * number comes from a database that was restored, and counts.
   */
  receive(own: PricesText | null): boolean {
    if (own?.number === this.text?.number && own?.toml === this.text?.toml) return false;
    try {
      this.catalogue = buildPricedCatalogue(this.list, own);
    } catch (problem) {
      if (own?.number !== this.refused) this.log.line(`${String(problem)} The last good prices go on.`);
      this.refused = own?.number ?? null;
      return false;
    }
    this.text = own === null ? null : { number: own.number, toml: own.toml };
    this.refused = null;
    this.log.info({ version: this.catalogue.priceVersion }, "prices in force");
    return true;
  }
}
