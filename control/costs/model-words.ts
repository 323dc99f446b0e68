import type { Catalogue } from "#core/costs/catalogue.ts";
import type { Tier } from "#core/costs/chart-series.ts";
import { findModel, findTier, shortModel } from "#core/costs/model-key.ts";

/** Names a model for people: "Opus 5.5" for a known one; otherwise its id, shortened. */
export const modelWords = (catalogue: Catalogue, id: string): { name: string; tier: Tier } => ({
  name: findModel(catalogue, id)?.displayName.replace(/^Claude /, "") ?? (shortModel(id) || "no model"),
  tier: findTier(catalogue, id),
});
