import type { Endpoint } from "../activity/request-event.ts";
import { type CompiledRules, familyOf, modelKeyOf } from "../rules/compile.ts";
import { isGlob, matchesGlob } from "../rules/glob.ts";

/** What a proxy key is held to. A key without any limit has none of this, so that it costs nothing to check. */
export interface KeyLimits {
  /** `messages`: messages, token counts and the list of models; files, batches and everything else are closed. */
  endpoints: KeyEndpoints;
  /** Ids, families and patterns it may ask for; null: every model. */
  models: readonly string[] | null;
  requestsPerMinute: number | null;
  /** Requests under way at one moment. */
  openRequestsMax: number | null;
  /** What its requests may cost in a calendar month of the reporting zone, in nano-dollars. */
  monthlyBudgetNanoUsd: number | null;
}

export const keyEndpoints = ["all", "messages"] as const;
export type KeyEndpoints = (typeof keyEndpoints)[number];

export const KEY_MODELS_MAX = 50;
export const REQUESTS_PER_MINUTE_MAX = 100_000;
export const OPEN_REQUESTS_MAX = 10_000;
/** A million dollars. */
export const MONTHLY_BUDGET_MAX_NANO_USD = 1_000_000 * 1_000_000_000;

/** Whether a key with these limits has to be asked for at the gate. */
export const isCountedKey = ({ requestsPerMinute, openRequestsMax, monthlyBudgetNanoUsd }: KeyLimits): boolean =>
  requestsPerMinute !== null || openRequestsMax !== null || monthlyBudgetNanoUsd !== null;

const MESSAGES: ReadonlySet<Endpoint> = new Set(["messages", "count_tokens", "models"]);
/** Endpoints whose bodies are carried unread: which models they ask for is not known. */
const UNREAD: ReadonlySet<Endpoint> = new Set(["batches", "other"]);

/** Why a key may not call this endpoint, for the caller to read; null when it may. */
export function endpointRefusal(limits: KeyLimits, endpoint: Endpoint): string | null {
  if (limits.endpoints === "messages" && !MESSAGES.has(endpoint)) {
    return "This proxy key is for messages, token counts and the list of models only.";
  }
  if (limits.models !== null && UNREAD.has(endpoint)) {
    return "This proxy key is limited to certain models, and what is asked for here cannot be checked.";
  }
  return null;
}

/** Whether one of the key's entries names this model: as written, as the same model in another spelling, by family or pattern. */
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
