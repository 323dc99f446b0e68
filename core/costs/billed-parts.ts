import type { Catalogue } from "./catalogue.ts";
import { findModel, modelKey } from "./model-key.ts";
import type { Usage, UsagePart } from "./usage.ts";

interface BillInput {
  served: string;
  /** What the answer said it was; null when it did not say. */
  answered: string | null;
  usage: Usage;
  /** As the answer lists them; a null model is the one that answered. */
  iterations: readonly (Omit<UsagePart, "model"> & { model: string | null })[];
}

/**
 * Who is to be paid for what, where that is not the served model alone: a fallback at the provider, an adviser, an answer by
 * another model. Empty for everything else, which is nearly every request.
 */
export function buildUsageParts({ served, answered, usage, iterations }: BillInput, catalogue: Catalogue): UsagePart[] {
  const answering = answered ?? served;
  const parts = iterations.map((part) => ({ ...part, model: part.model ?? answering }));
  if (parts.length === 0 && !isSameModel(answering, served, catalogue))
    return [{ kind: "message", model: answering, usage }];
  // One model in several turns is priced turn by turn: the price of a token may depend on the size of its prompt.
  const isOrdinary = parts.length < 2 && parts.every(({ model }) => isSameModel(model, served, catalogue));
  return isOrdinary ? [] : withRest(parts, usage);
}

/** An answer that was cut is estimated as a whole: what the parts do not have of it was the last one's. */
function withRest(parts: readonly UsagePart[], usage: Usage): UsagePart[] {
  const output = parts.reduce((sum, part) => sum + part.usage.outputTokens, 0);
  const rest = Math.max(0, usage.outputTokens - output);
  const last = parts.at(-1);
  if (last === undefined || rest === 0) return [...parts];
  return [...parts.slice(0, -1), { ...last, usage: { ...last.usage, outputTokens: last.usage.outputTokens + rest } }];
}

/** Two spellings of one model; of unknown models, two spellings that differ in decoration only. */
function isSameModel(one: string, other: string, catalogue: Catalogue): boolean {
  if (one === other) return true;
  const known = findModel(catalogue, one);
  const wanted = findModel(catalogue, other);
  return known === null && wanted === null ? modelKey(one) === modelKey(other) : known === wanted;
}
