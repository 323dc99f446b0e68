import type { Catalogue } from "./catalogue.ts";
import { findModel, modelKey } from "./model-key.ts";
import type { Usage, UsagePart } from "./usage.ts";

interface BillInput {
  served: string;
  /** Model named in the response; null when it names none. */
  answered: string | null;
  usage: Usage;
  /** Iterations as the response lists them; a null model is the responding one. */
  iterations: readonly (Omit<UsagePart, "model"> & { model: string | null })[];
}

/**
 * Splits the usage of a request by billed model, where that is not the served model alone. Cases are a provider
 * fallback, an adviser, and a response by another model. Empty for everything else, which is nearly every request.
 */
export function buildUsageParts({ served, answered, usage, iterations }: BillInput, catalogue: Catalogue): UsagePart[] {
  const answering = answered ?? served;
  const parts = iterations.map((part) => ({ ...part, model: part.model ?? answering }));
  if (parts.length === 0 && !isSameModel(answering, served, catalogue))
    return [{ kind: "message", model: answering, usage }];
  // Price one model in several turns per turn. The price of a token may depend on the size of its prompt.
  const isOrdinary = parts.length < 2 && parts.every(({ model }) => isSameModel(model, served, catalogue));
  return isOrdinary ? [] : withRest(parts, usage);
}

/** Adds the remainder of `usage` to the last part: a truncated response is estimated as a whole. */
function withRest(parts: readonly UsagePart[], usage: Usage): UsagePart[] {
  const output = parts.reduce((sum, part) => sum + part.usage.outputTokens, 0);
  const rest = Math.max(0, usage.outputTokens - output);
  const last = parts.at(-1);
  if (last === undefined || rest === 0) return [...parts];
  return [...parts.slice(0, -1), { ...last, usage: { ...last.usage, outputTokens: last.usage.outputTokens + rest } }];
}

/** Whether two spellings name one model; unknown models may differ in decoration only. */
function isSameModel(one: string, other: string, catalogue: Catalogue): boolean {
  if (one === other) return true;
  const known = findModel(catalogue, one);
  const wanted = findModel(catalogue, other);
  return known === null && wanted === null ? modelKey(one) === modelKey(other) : known === wanted;
}
