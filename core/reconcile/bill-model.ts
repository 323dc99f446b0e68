import type { Catalogue } from "../costs/catalogue.ts";
import { findModel } from "../costs/model-key.ts";

/**
 * Finds one name for a model, however report and ledger spell it. It is the provider's id where the catalogue knows the
 * model by an id or by the name that the provider's console shows, else the spelling.
 */
export function findBillModel(catalogue: Catalogue, spelling: string): string {
  const shown = spelling.trim().toLowerCase();
  const known =
    findModel(catalogue, spelling) ??
    catalogue.models.find(
      ({ displayName }) => displayName.toLowerCase() === shown || `claude ${displayName}`.toLowerCase() === shown,
    );
  return known?.id ?? (/\s/.test(shown) ? shown.replace(/[\s.]+/g, "-") : spelling);
}
