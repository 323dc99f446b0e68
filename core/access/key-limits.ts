import type { BillingMode, Endpoint } from "../activity/request-event.ts";
import { NANO_PER_USD } from "../money/nano-usd.ts";
import { type CompiledRules, findFamily, toModelKey } from "../rules/compile.ts";
import { isGlob, matchesGlob } from "../rules/glob.ts";

/**
 * Limits of one proxy key, or of all traffic of a person, a team or a project together. `limit-holder.ts` defines the
 * holders. A holder without any limit has no such object, so that the check costs nothing.
 */
export interface KeyLimits {
  /**
   * `messages`: messages, token counts and the list of models. All other endpoints, such as files and batches, are
   * closed.
   */
  endpoints: KeyEndpoints;
  /** Ids, families and patterns that may be requested; null: every model. */
  models: readonly string[] | null;
  requestsPerMinute: number | null;
  /** Maximum number of concurrent requests. */
  openRequestsMax: number | null;
  /**
   * Maximum cost per calendar month of the reporting zone, in nano-dollars; subscription traffic costs nothing here.
   */
  monthlyBudgetNanoUsd: number | null;
  /** Maximum plan value of subscription traffic in that month at list prices; never mixed with the budget. */
  monthlyPlanNanoUsd: number | null;
}

export const NO_LIMITS: KeyLimits = {
  endpoints: "all",
  models: null,
  requestsPerMinute: null,
  openRequestsMax: null,
  monthlyBudgetNanoUsd: null,
  monthlyPlanNanoUsd: null,
};

export const keyEndpoints = ["all", "messages"] as const;
export type KeyEndpoints = (typeof keyEndpoints)[number];

export const KEY_MODELS_MAX = 50;
export const REQUESTS_PER_MINUTE_MAX = 100_000;
export const OPEN_REQUESTS_MAX = 10_000;
/** One million dollars. */
export const MONTHLY_BUDGET_MAX_NANO_USD = 1_000_000 * Number(NANO_PER_USD);

/** Whether these limits contain a monthly sum that has to be tracked. */
export const hasBudget = ({ monthlyBudgetNanoUsd, monthlyPlanNanoUsd }: KeyLimits): boolean =>
  monthlyBudgetNanoUsd !== null || monthlyPlanNanoUsd !== null;

/** Returns the monthly budget for a billing mode: plan value for subscription traffic, dollars for everything else. */
export const findBudget = (limits: KeyLimits, mode: BillingMode): number | null =>
  mode === "subscription" ? limits.monthlyPlanNanoUsd : limits.monthlyBudgetNanoUsd;

/** Whether the key limiter has to count requests under these limits. */
export const isCounted = (limits: KeyLimits): boolean =>
  limits.requestsPerMinute !== null || limits.openRequestsMax !== null || hasBudget(limits);

/** Whether these limits restrict nothing at all. */
export const isUnlimited = (limits: KeyLimits): boolean =>
  limits.endpoints === "all" && limits.models === null && !isCounted(limits);

const MESSAGES: ReadonlySet<Endpoint> = new Set(["messages", "count_tokens", "models"]);
/** Endpoints whose bodies are forwarded unread, so that their model is unknown. */
const UNREAD: ReadonlySet<Endpoint> = new Set(["batches", "other"]);

/**
 * Explains why this endpoint may not be called under these limits. The text is the end of a sentence that starts with
 * the holder. Null when it may be called. `mode` is how the request is billed, and so which of the two budgets it would
 * use.
 */
export function findEndpointRefusal(limits: KeyLimits, endpoint: Endpoint, mode: BillingMode): string | null {
  if (limits.endpoints === "messages" && !MESSAGES.has(endpoint)) {
    return "may use messages, token counts and the list of models only.";
  }
  if (limits.models !== null && UNREAD.has(endpoint)) {
    return "is limited to certain models, and the model of this request cannot be checked.";
  }
  if (findBudget(limits, mode) !== null && UNREAD.has(endpoint)) {
    return "has a budget, and the cost of this request cannot be counted. Use the Messages API, or ask an admin.";
  }
  return null;
}

/** Whether one entry names this model: as written, in another spelling, by family or by pattern. */
export function mayAskFor(
  models: readonly string[],
  model: string,
  compiled: Pick<CompiledRules, "catalogue" | "families">,
): boolean {
  if (models.includes(model)) return true;
  const key = toModelKey(compiled.catalogue, model);
  const family = findFamily(compiled, key);
  return models.some((entry) => {
    if (isGlob(entry)) return matchesGlob(entry, model) || matchesGlob(entry, key);
    return entry === family || toModelKey(compiled.catalogue, entry) === key;
  });
}
