import { buildPricedCatalogue } from "#config/priced-catalogue.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { readOwnVersion } from "#core/costs/own-prices.ts";
import { latestPrices, listPriceVersions, priceVersion } from "#store/price-versions.ts";
import type { ControlDeps } from "../deps.ts";

/** The catalogue that requests are priced with now: the list, with the newest own prices over it. */
export async function currentPrices({ db, config }: ControlDeps): Promise<Catalogue> {
  return buildPricedCatalogue(config.catalogue, await latestPrices(db));
}

/** The catalogue that a request was priced with; the list where its version is not known here. */
export async function pricesOfRequest(version: string | null, { db, config }: ControlDeps): Promise<Catalogue> {
  const list = config.catalogue;
  const number = version === null ? null : readOwnVersion(version, list.priceVersion);
  return number === null ? list : buildPricedCatalogue(list, await priceVersion(db, number));
}

/** Every price book that requests were priced with over this list, the list itself first. */
export async function allPrices(list: Catalogue, { db }: Pick<ControlDeps, "db">): Promise<Catalogue[]> {
  const catalogues = [list];
  for (let before: number | undefined; ; ) {
    const versions = await listPriceVersions(db, before === undefined ? {} : { before });
    catalogues.push(...versions.map((version) => buildPricedCatalogue(list, version)));
    before = versions.at(-1)?.number;
    if (before === undefined) return catalogues;
  }
}
