import { scaleNanoUsd } from "#core/money/nano-usd.ts";
import type { Catalogue, ModelEntry } from "./catalogue.ts";
import type { CostMeasures } from "./cost-totals.ts";
import { findModel, findTier } from "./model-key.ts";
import { paidFraction, pricesInForce } from "./price-table.ts";

/**
 * Finds the model this traffic could move to: the current model of the next price tier down. Null when there is none.
 */
export function cheaperModel(catalogue: Catalogue, id: string): ModelEntry | null {
  const tier = findTier(catalogue, id);
  if (tier === null || tier === 3) return null;
  const candidates = catalogue.models.filter(
    (model) => model.status === "current" && findTier(catalogue, model.id) === tier + 1,
  );
  const inputPrice = (model: ModelEntry) => pricesInForce(model, catalogue.asOf)?.input ?? 0n;
  return candidates.sort((a, b) => (inputPrice(a) < inputPrice(b) ? 1 : -1))[0] ?? null;
}

/**
 * Estimates the saving of the same tokens on another model at the prices in force on a day. The other model may need more or
 * fewer tokens. Null when either price is unknown.
 */
export function wouldSave(
  prices: Catalogue,
  day: string,
  { from, to }: { from: string; to: string },
  used: Pick<
    CostMeasures,
    "inputTokens" | "cacheWrite5mTokens" | "cacheWrite1hTokens" | "cacheReadTokens" | "outputTokens" | "costNanoUsd"
  >,
): bigint | null {
  const now = findPaid(prices, from, day, used);
  const then = findPaid(prices, to, day, used);
  if (now === null || then === null) return null;
  // Scaled from the recorded cost, so that batch, fast and regional prices stay in it.
  const [part, whole] = [then.numerator * now.denominator, now.numerator * then.denominator];
  return whole === 0n ? null : used.costNanoUsd - scaleNanoUsd(used.costNanoUsd, part, whole);
}

/** What tokens cost with one model on a day, after discounts, as a fraction. Null without a known price. */
function findPaid(
  prices: Catalogue,
  id: string,
  day: string,
  used: Parameters<typeof wouldSave>[3],
): { numerator: bigint; denominator: bigint } | null {
  const model = findModel(prices, id);
  const token = model && pricesInForce(model, day);
  if (model === null || token === null) return null;
  const amount =
    used.inputTokens * token.input +
    used.cacheWrite5mTokens * token.cacheWrite5m +
    used.cacheWrite1hTokens * token.cacheWrite1h +
    used.cacheReadTokens * token.cacheRead +
    used.outputTokens * token.output;
  const { numerator, denominator } = paidFraction(model, day, prices) ?? { numerator: 1n, denominator: 1n };
  return { numerator: amount * numerator, denominator };
}
