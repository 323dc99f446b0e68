import type { Catalogue } from "#core/costs/catalogue.ts";
import { findTier } from "#core/costs/model-key.ts";

export interface ModelChoice {
  id: string;
  tier: 1 | 2 | 3 | null;
}

/** Models to offer: all that are not retired, newest generation first as in the catalogue. */
export function modelChoices(catalogue: Catalogue): ModelChoice[] {
  return catalogue.models
    .filter((model) => model.status !== "retired")
    .map((model) => ({ id: model.id, tier: findTier(catalogue, model.id) }));
}

/** Tier of a model that may have been typed freely. */
export const tierAmong = (choices: readonly ModelChoice[], id: string): ModelChoice["tier"] =>
  choices.find((choice) => choice.id === id)?.tier ?? null;
