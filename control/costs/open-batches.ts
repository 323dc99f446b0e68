import { type OpenBatches, sumOpenBatches } from "#core/batches/open-batches.ts";
import { findModel } from "#core/costs/model-key.ts";
import { listOpenBatches } from "#store/batches.ts";
import type { ControlDeps } from "../deps.ts";
import type { CostScope } from "./scope.ts";

/** The provider keeps results for 29 days; what was not fetched by then is known to be lost. */
const KEPT_MS = 30 * 86_400_000;
/** More are as good as that many: it is the newest that can still be fetched. */
const BATCHES_MAX = 5_000;

/**
 * Sums the batches that the filter keeps and whose cost is not, or not wholly, in the books. They are those of now, of
 * every range.
 */
export async function readOpenBatches({ filter }: Pick<CostScope, "filter">, deps: ControlDeps): Promise<OpenBatches> {
  const rows = await listOpenBatches(deps.reports, deps.now().getTime() - KEPT_MS, BATCHES_MAX);
  const keeps = (wanted: readonly string[] | undefined, values: readonly string[]) =>
    wanted === undefined || values.some((value) => wanted.includes(value));
  const toId = (model: string) => findModel(deps.config.catalogue, model)?.id ?? model;
  return sumOpenBatches(
    rows.filter(
      (row) =>
        keeps(filter.project, [row.project]) &&
        keeps(filter.team, [row.team]) &&
        keeps(filter.person, [row.personId]) &&
        keeps(filter.key, [row.proxyKeyId]) &&
        keeps(filter.model, row.models.map(toId)),
    ),
  );
}
