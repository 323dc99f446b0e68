import type { Catalogue } from "#core/costs/catalogue.ts";
import { tierOf } from "#core/costs/model-key.ts";

export interface ModelChoice {
  id: string;
  tier: 1 | 2 | 3 | null;
}

/** Models people may type: everything that is not retired, newest generation first as in the catalogue. */
export function modelChoices(catalogue: Catalogue): ModelChoice[] {
  return catalogue.models
    .filter((model) => model.status !== "retired")
    .map((model) => ({ id: model.id, tier: tierOf(catalogue, model.id) }));
}

/** The colour of a model that may have been typed freely. */
export const tierAmong = (choices: readonly ModelChoice[], id: string): ModelChoice["tier"] =>
  choices.find((choice) => choice.id === id)?.tier ?? null;
