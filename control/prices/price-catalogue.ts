import { buildPricedCatalogue } from "#config/priced-catalogue.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { readOwnVersion } from "#core/costs/own-prices.ts";
import { latestPrices, listPriceVersions, type PriceVersionRow, priceVersion } from "#store/price-versions.ts";
import type { ControlDeps } from "../deps.ts";

/**
 * Builds the catalogue that requests are priced with now. It is the list with the newest readable own prices. Every
 * version is checked before it is saved; a newer release may have saved one that this one cannot read.
 */
export async function currentPrices({ db, config }: Pick<ControlDeps, "db" | "config">): Promise<Catalogue> {
  const list = config.catalogue;
  const newest = buildBookOrNull(list, await latestPrices(db));
  if (newest !== null) return newest;
  for (let before: number | undefined; ; ) {
    const versions = await listPriceVersions(db, before === undefined ? {} : { before });
    for (const version of versions) {
      const catalogue = buildBookOrNull(list, version);
      if (catalogue !== null) return catalogue;
    }
    before = versions.at(-1)?.number;
    if (before === undefined) return list;
  }
}

/** The catalogue that a request was priced with; the list where its version is not known here. */
export async function pricesOfRequest(version: string | null, { db, config }: ControlDeps): Promise<Catalogue> {
  const list = config.catalogue;
  const number = version === null ? null : readOwnVersion(version, list.priceVersion);
  return (number === null ? null : buildBookOrNull(list, await priceVersion(db, number))) ?? list;
}

/** Every price book that requests were priced with over this list, the list itself first. */
export async function allPrices(list: Catalogue, { db }: Pick<ControlDeps, "db">): Promise<Catalogue[]> {
  const catalogues = [list];
  for (let before: number | undefined; ; ) {
    const versions = await listPriceVersions(db, before === undefined ? {} : { before });
    catalogues.push(...versions.flatMap((version) => buildBookOrNull(list, version) ?? []));
    before = versions.at(-1)?.number;
    if (before === undefined) return catalogues;
  }
}

/** Builds the price book of a version. Null where its text cannot be read. */
export function buildBookOrNull(
  list: Catalogue,
  own: Pick<PriceVersionRow, "number" | "toml"> | null,
): Catalogue | null {
  try {
    return buildPricedCatalogue(list, own);
  } catch {
    return null;
  }
}
