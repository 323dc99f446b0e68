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
  const { byKey, found } = indexOf(catalogue);
  const known = found.get(id);
  if (known !== undefined) return known;
  const model = byKey.get(modelKey(id).toLowerCase()) ?? null;
  // Names come from callers, so what is remembered about them is bounded.
  if (found.size >= SPELLINGS_REMEMBERED_MAX) found.clear();
  if (id.length <= SPELLING_LENGTH_MAX) found.set(id, model);
  return model;
}

/**
 * Finds the provider's id for a spelling, letter case kept: the look-up for rules, which are case-sensitive. Null
 * when unknown.
 */
export function catalogueKey(catalogue: Catalogue, id: string): string | null {
  return indexOf(catalogue).byKey.get(modelKey(id))?.id ?? null;
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
export function tierOf(catalogue: Catalogue, id: string): 1 | 2 | 3 | null {
  const model = findModel(catalogue, id);
  const prices = model && pricesInForce(model, catalogue.asOf);
  if (!prices) return null;
  if (prices.input >= catalogue.colourTiers.firstFrom) return 1;
  return prices.input >= catalogue.colourTiers.secondFrom ? 2 : 3;
}

const SPELLINGS_REMEMBERED_MAX = 1000;
const SPELLING_LENGTH_MAX = 256;

interface Index {
  readonly byKey: ReadonlyMap<string, ModelEntry>;
  /** Cache of spellings looked up before. */
  readonly found: Map<string, ModelEntry | null>;
}

/** Built once per catalogue; forgotten with it. */
const indexes = new WeakMap<Catalogue, Index>();

function indexOf(catalogue: Catalogue): Index {
  const known = indexes.get(catalogue);
  if (known) return known;
  const byKey = new Map<string, ModelEntry>();
  for (const model of catalogue.models) {
    for (const spelling of [model.id, ...model.aliases]) byKey.set(modelKey(spelling), model);
  }
  const index: Index = { byKey, found: new Map() };
  indexes.set(catalogue, index);
  return index;
}
