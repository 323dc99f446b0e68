import * as z from "zod";
import {
  KEY_MODELS_MAX,
  type KeyLimits,
  keyEndpoints,
  MONTHLY_BUDGET_MAX_NANO_USD,
  OPEN_REQUESTS_MAX,
  REQUESTS_PER_MINUTE_MAX,
} from "#core/access/key-limits.ts";
import { GLOB_LENGTH_MAX } from "#core/rules/glob.ts";

const countField = (most: number) =>
  z
    .int("Use a whole number.")
    .min(1, "Use at least 1, or leave it empty for no limit.")
    .max(most, `Use at most ${most.toLocaleString("en")}.`)
    .nullish()
    .transform((count) => count ?? null);

const amountField = z
  .int("Write an amount in dollars, such as 50 or 12.50; in the API whole nano-dollars, such as 12500000000.")
  .min(10_000_000, "Use at least one cent, or leave it empty for no budget.")
  .max(MONTHLY_BUDGET_MAX_NANO_USD, "Use at most 1,000,000 dollars.")
  .nullish()
  .transform((amount) => amount ?? null);

const modelField = z
  .string()
  .trim()
  .max(GLOB_LENGTH_MAX, `Use at most ${GLOB_LENGTH_MAX} characters for a model.`)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:@/[\]*?-]*$/, "Use ids, families (haiku) or patterns (claude-haiku-*).");

/**
 * Fields of a key's limits; a field that is missing or null means no limit. An empty list of models is refused: taken as
 * no limit, a script that ends with an empty allow-list would hand out a key for every model.
 */
export const limitFields = {
  endpoints: z.enum(keyEndpoints, "Choose which endpoints the key may use.").default("all"),
  models: z
    .array(modelField)
    .min(1, "Name at least one model, or use null for every model.")
    .max(KEY_MODELS_MAX, `Name at most ${KEY_MODELS_MAX} models.`)
    .nullish()
    .transform((models) => (models ? [...new Set(models)] : null)),
  requestsPerMinute: countField(REQUESTS_PER_MINUTE_MAX),
  openRequestsMax: countField(OPEN_REQUESTS_MAX),
  monthlyBudgetNanoUsd: amountField,
  monthlyPlanNanoUsd: amountField,
};

export const limitsInput = z.strictObject(limitFields);

/** Picks the limits from a parsed input with further fields. */
export function pickLimits(input: KeyLimits): KeyLimits {
  const { endpoints, models, requestsPerMinute, openRequestsMax, monthlyBudgetNanoUsd, monthlyPlanNanoUsd } = input;
  return { endpoints, models, requestsPerMinute, openRequestsMax, monthlyBudgetNanoUsd, monthlyPlanNanoUsd };
}
