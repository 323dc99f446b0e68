import type { Catalogue } from "#core/costs/catalogue.ts";
import { isPlan } from "#core/costs/known-money.ts";
import { modelKey } from "#core/costs/model-key.ts";
import { repriceEvent } from "#core/costs/price-again.ts";
import { rollupDims, toQuarterStart } from "#core/costs/rollup.ts";
import {
  type CorrectedSums,
  type CorrectionRow,
  correctedMeasures,
  sumCorrections,
  toRowKey,
} from "#store/corrections.ts";
import { COUNTED_COLUMNS } from "#store/event-columns.ts";
import { eventPages } from "#store/events.ts";
import type { SqlSource } from "#store/raw.ts";
import { type RollupRow, RollupSheet } from "#store/rollup-writes.ts";

/** Costs of requests that are billed alike, before and after. */
interface BeforeAfter {
  beforeNanoUsd: bigint;
  afterNanoUsd: bigint;
  unpricedBefore: bigint;
  unpricedAfter: bigint;
}

export interface PricedAgain {
  /** Requests that were priced again, whether their amount changed or not. */
  requests: number;
  metered: BeforeAfter;
  /** Of subscriptions: plan value, never spend. */
  plan: BeforeAfter;
  /** Of metered requests, by the model that served. */
  models: Map<string, BeforeAfter>;
  /** What changes. */
  rows: CorrectionRow[];
}

interface Span {
  fromS: number;
  toS: number;
  models: readonly string[];
}

/**
 * Prices the recorded requests of a span again, each from its tokens. Compares with what they cost now, which is what they
 * were booked with and all corrections since. Writes nothing. Holds the events of one quarter-hour at a time.
 */
export async function priceSpanAgain(source: SqlSource, span: Span, catalogue: Catalogue): Promise<PricedAgain> {
  const again: PricedAgain = { requests: 0, metered: nothing(), plan: nothing(), models: new Map(), rows: [] };
  const corrected = await sumCorrections(source, span);
  const isWanted = selectModels(span.models);
  let [booked, priced, open] = [new RollupSheet(), new RollupSheet(), -1];
  const close = () => {
    const after = new Map(priced.rows().map((row) => [row.dimsKey, row]));
    for (const row of booked.rows()) addRow(again, row, after.get(row.dimsKey), corrected);
    [booked, priced] = [new RollupSheet(), new RollupSheet()];
  };
  const bounds = { fromMs: span.fromS * 1000, toMs: span.toS * 1000, columns: COUNTED_COLUMNS };
  for await (const events of eventPages(source, bounds)) {
    for (const event of events) {
      if (event.startedAtMs < bounds.fromMs || event.startedAtMs >= bounds.toMs) continue;
      if (!isWanted(rollupDims(event))) continue;
      const bucket = toQuarterStart(event.startedAtMs);
      if (bucket !== open) close();
      open = bucket;
      booked.add(event);
      const repriced = repriceEvent(event, catalogue);
      if (repriced !== event) again.requests += 1;
      priced.add(repriced);
    }
  }
  close();
  return again;
}

/** Builds the test of what a correction is for: requests that asked for a model or were served by it. Empty: all. */
export function selectModels(
  models: readonly string[],
): (of: { requestedModel: string; servedModel: string }) => boolean {
  const wanted = new Set(models.map(toModel));
  if (wanted.size === 0) return () => true;
  return ({ requestedModel, servedModel }) => wanted.has(toModel(requestedModel)) || wanted.has(toModel(servedModel));
}

/** Spelling under which a model is found, whichever id or alias of it is given. */
const toModel = (name: string): string => modelKey(name).toLowerCase();

function addRow(
  again: PricedAgain,
  row: RollupRow<number>,
  after: RollupRow<number> | undefined,
  corrected: ReadonlyMap<string, CorrectedSums>,
): void {
  if (after === undefined) return;
  const { bucket: bucketS, dimsKey, dims, measures: booked } = row;
  const earlier = corrected.get(toRowKey(bucketS, dimsKey));
  const now = (name: (typeof correctedMeasures)[number]) => booked[name] + (earlier?.[name] ?? 0n);
  const changes = Object.fromEntries(
    correctedMeasures.map((name) => [name, after.measures[name] - now(name)]),
  ) as CorrectedSums;
  const [oldNanoUsd, newNanoUsd] = [now("costNanoUsd"), after.measures.costNanoUsd];
  const part: BeforeAfter = {
    beforeNanoUsd: oldNanoUsd,
    afterNanoUsd: newNanoUsd,
    unpricedBefore: now("unpriced"),
    unpricedAfter: after.measures.unpriced,
  };
  if (isPlan(dims.billingMode)) add(again.plan, part);
  else {
    add(again.metered, part);
    const model = again.models.get(dims.servedModel) ?? nothing();
    again.models.set(dims.servedModel, model);
    add(model, part);
  }
  if (correctedMeasures.every((name) => changes[name] === 0n)) return;
  again.rows.push({ bucketS, dimsKey, dims, requests: booked.requests, oldNanoUsd, newNanoUsd, changes });
}

const nothing = (): BeforeAfter => ({
  beforeNanoUsd: 0n,
  afterNanoUsd: 0n,
  unpricedBefore: 0n,
  unpricedAfter: 0n,
});

function add(sum: BeforeAfter, part: BeforeAfter): void {
  sum.beforeNanoUsd += part.beforeNanoUsd;
  sum.afterNanoUsd += part.afterNanoUsd;
  sum.unpricedBefore += part.unpricedBefore;
  sum.unpricedAfter += part.unpricedAfter;
}
