import { BoundedCache, PerObject } from "../memo.ts";
import type { Catalogue, ModelEntry } from "./catalogue.ts";
import { pricesInForce } from "./price-table.ts";

/**
 * Normalises a model id for comparison: provider decoration, `[1m]`, dots, dates, `-latest` and `-0` removed. For
 * matching and price look-up only, never for forwarding. Letter case is kept. Keys are compared whole, never by
 * prefix.
 */
export function modelKey(id: string): string {
  return id
    .trim()
    .replace(/\[1m\]$/i, "")
    .replace(/^anthropic\//, "")
    .replace(/^(?:us|eu|apac|global)\./, "")
    .replace(/^anthropic\./, "")
    .replace(/-v\d+(?::\d+)?$/, "") // Bedrock's version suffix, "-v1:0"
    .replace(/@\d{8}$/, "") // Vertex dates
    .replace(/(?<=\d)\.(?=\d)/g, "-") // no provider id contains a dot
    .replace(/-\d{8}$/, "")
    .replace(/-latest$/, "")
    .replace(/-0$/, "");
}

/**
 * Finds the model a spelling names, letter case ignored: the look-up for prices and capabilities. Null when unknown.
 */
export function findModel(catalogue: Catalogue, id: string): ModelEntry | null {
  const { byKey, found } = indexes.get(catalogue);
  const known = found.get(id);
  if (known !== undefined) return known;
  const model = byKey.get(modelKey(id).toLowerCase()) ?? null;
  if (id.length <= SPELLING_LENGTH_MAX) found.set(id, model);
  return model;
}

/**
 * Finds the provider's id for a spelling, letter case kept: the look-up for rules, which are case-sensitive. Null
 * when unknown.
 */
export function catalogueKey(catalogue: Catalogue, id: string): string | null {
  return indexes.get(catalogue).byKey.get(modelKey(id))?.id ?? null;
}

/**
 * Formats a model id for screens: `claude-` and decoration dropped ("sonnet-5-5"). The full id belongs in the
 * tooltip.
 */
export function shortModel(id: string): string {
  const key = modelKey(id).replace(/^claude-/, "");
  return key === "" ? id : key;
}

/**
 * Price rank for colours, 1 the most expensive, from today's standard input price. Null when the model is unknown or
 * unpriced.
 */
export function findTier(catalogue: Catalogue, id: string): 1 | 2 | 3 | null {
  const model = findModel(catalogue, id);
  const prices = model && pricesInForce(model, catalogue.asOf);
  if (!prices) return null;
  if (prices.input >= catalogue.colourTiers.firstFrom) return 1;
  return prices.input >= catalogue.colourTiers.secondFrom ? 2 : 3;
}

/** Whether a model has a price on any day, of the list or the organisation's own. */
export function hasPrice(id: string, catalogue: Catalogue): boolean {
  const model = findModel(catalogue, id);
  return model !== null && (model.prices.length > 0 || (model.own?.periods.length ?? 0) > 0);
}

const SPELLING_LENGTH_MAX = 256;

interface Index {
  readonly byKey: ReadonlyMap<string, ModelEntry>;
  /** Cache of spellings looked up before. */
  readonly found: BoundedCache<string, ModelEntry | null>;
}

const indexes = new PerObject<Catalogue, Index>((catalogue) => {
  const byKey = new Map<string, ModelEntry>();
  for (const model of catalogue.models) {
    for (const spelling of [model.id, ...model.aliases]) byKey.set(modelKey(spelling), model);
  }
  return { byKey, found: new BoundedCache({ entriesMax: 1_000 }) };
});
