import type { Catalogue } from "#core/costs/catalogue.ts";
import type { Tier } from "#core/costs/chart-series.ts";
import { findModel, shortModel, tierOf } from "#core/costs/model-key.ts";

/** "Opus 5.5" for a model that is known; otherwise its own id, shortened. */
export const modelWords = (catalogue: Catalogue, id: string): { name: string; tier: Tier } => ({
  name: findModel(catalogue, id)?.displayName.replace(/^Claude /, "") ?? (shortModel(id) || "no model"),
  tier: tierOf(catalogue, id),
});
