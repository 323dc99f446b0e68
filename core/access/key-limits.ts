import type { BillingMode, Endpoint } from "../activity/request-event.ts";
import { type CompiledRules, familyOf, modelKeyOf } from "../rules/compile.ts";
import { isGlob, matchesGlob } from "../rules/glob.ts";

/**
 * What one proxy key, or all traffic of a person, a team or a project together, is held to. Who holds limits:
 * `limit-holder.ts`. A holder without any limit has none of this, so that it costs nothing to check.
 */
export interface KeyLimits {
  /** `messages`: messages, token counts and the list of models; files, batches and everything else are closed. */
  endpoints: KeyEndpoints;
  /** Ids, families and patterns it may ask for; null: every model. */
  models: readonly string[] | null;
  requestsPerMinute: number | null;
  /** Requests under way at one moment. */
  openRequestsMax: number | null;
  /** What its requests may cost in a calendar month of the reporting zone, in nano-dollars; subscription traffic costs nothing here. */
  monthlyBudgetNanoUsd: number | null;
  /** What its subscription traffic may be worth in that month at list prices; never mixed with the budget. */
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
/** A million dollars. */
export const MONTHLY_BUDGET_MAX_NANO_USD = 1_000_000 * 1_000_000_000;

/** Whether anything about these limits is a sum that has to be kept over the month. */
export const hasBudget = ({ monthlyBudgetNanoUsd, monthlyPlanNanoUsd }: KeyLimits): boolean =>
  monthlyBudgetNanoUsd !== null || monthlyPlanNanoUsd !== null;

/** What a month's requests that are billed so may cost: subscription traffic uses up plan value, all else dollars. */
export const findBudget = (limits: KeyLimits, mode: BillingMode): number | null =>
  mode === "subscription" ? limits.monthlyPlanNanoUsd : limits.monthlyBudgetNanoUsd;

/** Whether a request under these limits has to be counted at the gate. */
export const isCounted = (limits: KeyLimits): boolean =>
  limits.requestsPerMinute !== null || limits.openRequestsMax !== null || hasBudget(limits);

/** Whether these limits hold nothing back at all. */
export const isUnlimited = (limits: KeyLimits): boolean =>
  limits.endpoints === "all" && limits.models === null && !isCounted(limits);

const MESSAGES: ReadonlySet<Endpoint> = new Set(["messages", "count_tokens", "models"]);
/** Endpoints whose bodies are carried unread: which models they ask for is not known. */
const UNREAD: ReadonlySet<Endpoint> = new Set(["batches", "other"]);

/**
 * Why this endpoint may not be called under these limits, for the caller to read behind whose limits they are; null when it may.
 * `mode`: how the request is billed, and so which of the two budgets it would have to fit.
 */
export function findEndpointRefusal(limits: KeyLimits, endpoint: Endpoint, mode: BillingMode): string | null {
  if (limits.endpoints === "messages" && !MESSAGES.has(endpoint)) {
    return "may use messages, token counts and the list of models only.";
  }
  if (limits.models !== null && UNREAD.has(endpoint)) {
    return "is limited to certain models, and what is asked for here cannot be checked.";
  }
  if (findBudget(limits, mode) !== null && UNREAD.has(endpoint)) {
    return "has a budget, and what is asked for here may cost what is not counted. Use the Messages API, or ask an admin.";
  }
  return null;
}

/** Whether one of these entries names this model: as written, as the same model in another spelling, by family or pattern. */
export function mayAskFor(
  models: readonly string[],
  model: string,
  compiled: Pick<CompiledRules, "catalogue" | "families">,
): boolean {
  if (models.includes(model)) return true;
  const key = modelKeyOf(compiled.catalogue, model);
  const family = familyOf(compiled, key);
  return models.some((entry) => {
    if (isGlob(entry)) return matchesGlob(entry, model) || matchesGlob(entry, key);
    return entry === family || modelKeyOf(compiled.catalogue, entry) === key;
  });
}
