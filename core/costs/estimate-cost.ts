import { toUtcDay } from "../time/utc-day.ts";
import type { Catalogue } from "./catalogue.ts";
import { findModel } from "./model-key.ts";
import { fastPricesInForce, paidFraction, pricesInForce, tokenPrices } from "./price-table.ts";

/** Of a JSON body: prose and code in English have about four. Pictures have far more, other scripts fewer. */
const BYTES_PER_TOKEN = 4;
/** Of a model whose context window is not known. */
const USUAL_WINDOW = 200_000;

/** What is known of a request without reading its prompt. */
interface KnownSize {
  served: string;
  bodyBytes: number;
  /** It names files or addresses that the provider reads for it: its body says nothing of their size. */
  namesFiles: boolean;
  /** How many tokens it may have been answered with. */
  outputTokens: number;
  /** `"fast"` where fast mode is asked for. */
  speed: string | null;
  atMs: number;
}

/**
 * Estimates nano-dollars of a request by its size, at the prices that are paid. It counts as if nothing of it were in the prompt
 * cache. It is never more than what fits into the model, and as much where the request names files. Null: its price is
 * not known.
 */
export function estimateCost(size: KnownSize, catalogue: Catalogue): number | null {
  const model = findModel(catalogue, size.served);
  if (model === null) return null;
  const day = toUtcDay(size.atMs);
  const prices = pricesInForce(model, day);
  if (prices === null) return null;
  const { contextWindow, maxOutputTokens } = model;
  const bodyTokens = Math.ceil(size.bodyBytes / BYTES_PER_TOKEN);
  const promptTokens = size.namesFiles
    ? (contextWindow ?? Math.max(bodyTokens, USUAL_WINDOW))
    : Math.min(bodyTokens, contextWindow ?? Number.POSITIVE_INFINITY);
  const outputTokens = Math.min(size.outputTokens, maxOutputTokens ?? Number.POSITIVE_INFINITY);
  const fast = size.speed === "fast" ? fastPricesInForce(model, day) : null;
  const { input, output } = fast ?? tokenPrices(prices, promptTokens);
  const plain = promptTokens * Number(input) + outputTokens * Number(output);
  const paid = paidFraction(model, day, catalogue);
  return paid === null ? plain : Math.ceil((plain * Number(paid.numerator)) / Number(paid.denominator));
}
