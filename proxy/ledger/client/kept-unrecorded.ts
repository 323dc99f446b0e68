import { loadCatalogue } from "#config/models-toml.ts";
import { buildPricedCatalogue } from "#config/priced-catalogue.ts";
import type { Unrecorded } from "../../keys/spending.ts";
import { findBudgeted, toUnrecorded } from "../budgeted-holders.ts";
import type { LedgerEvent, WorkerSettings } from "../messages.ts";
import { readWaiting } from "../thread/waiting-spools.ts";

/**
 * Reads the waiting requests that count for a budget and are not in the kept sums. They wait in the spools of this data
 * folder. Short because it reads spools, and the rest of this room only messages.
 */
export async function readKeptUnrecorded(
  kept: readonly LedgerEvent[],
  { spoolDir, modelsFile = null }: Pick<WorkerSettings, "spoolDir"> & { modelsFile?: string | null },
): Promise<Unrecorded[]> {
  const state = kept.find((message) => message.kind === "state");
  const budgeted = state === undefined ? null : findBudgeted(state.state);
  if (budgeted === null || budgeted.size === 0) return [];
  const reach = kept.find((message) => message.kind === "spending")?.reach ?? [];
  const list = modelsFile === null ? loadCatalogue() : loadCatalogue(modelsFile);
  const priced = buildPricedCatalogue(list, state?.state.prices ?? null);
  const models = () => priced;
  const found: Unrecorded[] = [];
  for await (const events of readWaiting(spoolDir, models, reach)) found.push(...toUnrecorded(budgeted, events));
  return found;
}
