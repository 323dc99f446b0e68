import type { Catalogue, ModelEntry, OrganisationFactor, OwnPeriod, PaidShare } from "./catalogue.ts";
import { modelKey } from "./model-key.ts";

/** What this organisation pays, as its price file says it: over the list, never in place of it. */
export interface OwnPrices {
  periods: readonly (OwnPeriod & { model: string })[];
  shares: readonly (PaidShare & { model: string })[];
  factors: readonly OrganisationFactor[];
}

/** A published text of own prices, parsed. */
interface OwnPricesVersion {
  number: number;
  prices: OwnPrices;
}

/** Formats the version that a request is priced with. It names the list, and the own prices where there are any. */
const formatPriceVersion = (list: string, own: number | null): string => (own === null ? list : `${list}+own.${own}`);

/** Number of the own prices in the version of a priced request; null where it names another list or none. */
export function readOwnVersion(priceVersion: string, list: string): number | null {
  const prefix = `${list}+own.`;
  const number = priceVersion.startsWith(prefix) ? priceVersion.slice(prefix.length) : "";
  return /^[1-9]\d{0,9}$/.test(number) ? Number(number) : null;
}

/**
 * Lays own prices over the list. A day without an own price keeps the list price, and a model that the list does not
 * have is priced by its own alone. Changes prices only: what models accept, and which of them rules find, is the list's.
 */
export function applyOwnPrices(list: Catalogue, own: OwnPricesVersion | null): Catalogue {
  if (own === null) return list;
  const { periods, shares, factors } = own.prices;
  const byKey = new Map<string, OwnOfModel>();
  const findTerms = (model: string): OwnOfModel => {
    const key = priceKey(model);
    const known = byKey.get(key) ?? { named: model, periods: [], shares: [] };
    byKey.set(key, known);
    return known;
  };
  for (const { model, ...period } of periods) findTerms(model).periods.push(period);
  for (const { model, ...share } of shares) findTerms(model).shares.push(share);
  const models = list.models.map((model): ModelEntry => {
    const spellings = [...new Set([model.id, ...model.aliases].map(priceKey))];
    const found = spellings.flatMap((key) => byKey.get(key) ?? []);
    for (const key of spellings) byKey.delete(key);
    return found.length === 0 ? model : { ...model, own: toTerms(found) };
  });
  const others = [...byKey.values()].map((terms) => buildUnlistedModel(terms.named, toTerms([terms])));
  return {
    ...list,
    priceVersion: formatPriceVersion(list.priceVersion, own.number),
    organisationFactors: [...factors].sort(byFrom),
    models: [...models, ...others],
  };
}

/** Spelling under which prices of one model meet. */
export const priceKey = (model: string): string => modelKey(model).toLowerCase();

interface OwnOfModel {
  named: string;
  periods: OwnPeriod[];
  shares: PaidShare[];
}

const toTerms = (found: readonly OwnOfModel[]): ModelEntry["own"] => ({
  periods: found.flatMap(({ periods }) => periods).sort(byFrom),
  shares: found.flatMap(({ shares }) => shares).sort(byFrom),
});

const byFrom = (one: { from: string }, other: { from: string }): number => (one.from < other.from ? -1 : 1);

/** Builds a model that the list does not have. Nothing is known of it but its name and own prices. */
export const buildUnlistedModel = (id: string, own: ModelEntry["own"]): ModelEntry => ({
  id,
  aliases: [],
  family: "",
  displayName: id,
  status: "active",
  verified: false,
  releasedAt: null,
  retiresAt: null,
  retiredAt: null,
  notBefore: null,
  maxOutputTokens: null,
  contextWindow: null,
  contextWindowSafe: null,
  minCacheableTokens: null,
  maxImagesOrPages: null,
  prices: [],
  own,
  fastMode: null,
  fastModeUnsupported: "not_offered",
  inferenceGeoUsMilli: null,
  capabilities: null,
  clientShape: null,
  conflicts: [],
});
